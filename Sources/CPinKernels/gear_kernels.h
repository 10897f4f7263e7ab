#ifndef PINS_GEAR_KERNELS_H
#define PINS_GEAR_KERNELS_H

#include "gear_table.h"
#include "include/pins_kernels.h"

// A 32-bit hash that shifts by one remembers 32 bytes; the difference of two, 32 bytes apart, 64.
#define PINS_GEAR_WINDOW 64
#define PINS_GEAR_DISTANCE 32
// A kernel answers for groups of this many bytes; at most 32 groups a lane, one bit each. It is the
// distance as well: what a lane needs of the group before is one hash for every byte.
#define PINS_GEAR_GROUP 32
#define PINS_GEAR_LANES_MAX 16

// The lanes read bytes through 32-bit loads, low byte first.
#define PINS_GEAR_HAS_LANES (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/// Looks at `lanes * groups * 32` bytes from `bytes` on, of which 64 before it can be read.
/// Bit `g` of `bits[l]` tells whether a difference in the 32 bytes of group `l * groups + g`
/// reaches `threshold`. It says only whether, not where, so no data can overflow it.
typedef void gear_scan(const uint8_t *bytes, size_t groups, uint32_t threshold, uint32_t *bits);

gear_scan pins_gear_scan_portable;
#if defined(__x86_64__)
gear_scan pins_gear_scan_avx2;
gear_scan pins_gear_scan_avx512;
#endif

#endif

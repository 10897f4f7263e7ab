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

// What a difference must reach to be a sample of a sketch: ten ones, one position in 1,024.
#define PINS_GEAR_SAMPLE 0xFFC00000u

/// One bit for each group of 32 bytes: bit `g` of word `l` is group `l * groups + g`.
typedef struct {
    /// Whether a difference in the group reaches the threshold that was asked for.
    uint32_t reached[PINS_GEAR_LANES_MAX];
    /// Whether one reaches `PINS_GEAR_SAMPLE`.
    uint32_t sampled[PINS_GEAR_LANES_MAX];
} gear_bits;

/// Looks at `lanes * groups * 32` bytes from `bytes` on, of which 64 before it can be read. It says
/// only whether, not where, so no data can overflow it.
typedef void gear_scan(const uint8_t *bytes, size_t groups, uint32_t threshold, gear_bits *bits);

/// The kernel's scan and its number of lanes; 0 for the definition, which has none.
size_t pins_gear_lanes(pins_gear_kernel kernel, gear_scan **scan);

gear_scan pins_gear_scan_portable;
#if defined(__x86_64__)
gear_scan pins_gear_scan_avx2;
gear_scan pins_gear_scan_avx512;
#endif

#endif

#ifndef PINS_KERNELS_H
#define PINS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `count` bytes, continuing from `crc` (0 to begin). FORMAT.md §2.4.
uint32_t pins_crc32c(uint32_t crc, const uint8_t *bytes, size_t count);

#endif

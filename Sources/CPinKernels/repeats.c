#include "include/pins_kernels.h"

#include <string.h>

#define SAMPLE_BYTE 0xA7
#define SLOT_BITS 12
// 2^64 divided by the golden ratio.
#define MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)

size_t pins_repeated_samples(const uint8_t *bytes, size_t count, size_t *samples) {
    uint32_t slots[1 << SLOT_BITS] = {0};
    size_t repeated = 0, taken = 0;
    const uint8_t *at = bytes, *end = count < 8 ? bytes : bytes + (count - 7);
    while (at < end && (at = memchr(at, SAMPLE_BYTE, (size_t)(end - at)))) {
        uint64_t word;
        memcpy(&word, at++, sizeof word);
        uint64_t hash = word * MULTIPLIER;
        // Never 0, which an empty slot has.
        uint32_t tag = (uint32_t)(hash >> (32 - SLOT_BITS)) | 1;
        uint32_t *slot = &slots[hash >> (64 - SLOT_BITS)];
        repeated += *slot == tag;
        *slot = tag;
        taken++;
    }
    *samples = taken;
    return repeated;
}

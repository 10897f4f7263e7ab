#include "include/pins_kernels.h"

// The definition: reflected polynomial 0x82F63B78, initial and final complement.
uint32_t pins_crc32c_definition(uint32_t crc, const uint8_t *bytes, size_t count) {
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1u)));
    }
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
__attribute__((target("sse4.2")))
static uint32_t pins_crc32c_sse42(uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t state = ~crc;
    while (count >= 8) {
        uint64_t word;
        __builtin_memcpy(&word, bytes, 8);
        state = _mm_crc32_u64(state, word);
        bytes += 8;
        count -= 8;
    }
    uint32_t tail = (uint32_t)state;
    while (count--) tail = _mm_crc32_u8(tail, *bytes++);
    return ~tail;
}

#include <wmmintrin.h>

// Three streams of LANE bytes each keep the instruction busy, which takes one word in three cycles
// and begins one in each. A stream is moved past what follows it by a product with
// x^(8 * distance - 33) mod P (reflected): the instruction itself gives the rest of x^33.
enum { LANE = 256 };
static const uint64_t pins_past_one_lane = 0xB9E02B86, pins_past_two_lanes = 0xDD7E3B0C;

__attribute__((target("sse4.2,pclmul")))
static uint64_t pins_crc32c_past(uint64_t state, uint64_t factor) {
    __m128i product = _mm_clmulepi64_si128(
        _mm_cvtsi64_si128((int64_t)state), _mm_cvtsi64_si128((int64_t)factor), 0);
    return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul")))
static uint32_t pins_crc32c_streams(uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t first = (uint32_t)~crc;
    for (; count >= 3 * LANE; bytes += 3 * LANE, count -= 3 * LANE) {
        uint64_t second = 0, third = 0;
        for (size_t i = 0; i < LANE; i += 8) {
            uint64_t words[3];
            __builtin_memcpy(words, bytes + i, 8);
            __builtin_memcpy(words + 1, bytes + LANE + i, 8);
            __builtin_memcpy(words + 2, bytes + 2 * LANE + i, 8);
            first = _mm_crc32_u64(first, words[0]);
            second = _mm_crc32_u64(second, words[1]);
            third = _mm_crc32_u64(third, words[2]);
        }
        first = pins_crc32c_past(first, pins_past_two_lanes)
            ^ pins_crc32c_past(second, pins_past_one_lane) ^ third;
    }
    return pins_crc32c_sse42(~(uint32_t)first, bytes, count);
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
static uint32_t pins_crc32c_arm(uint32_t crc, const uint8_t *bytes, size_t count) {
    crc = ~crc;
    while (count >= 8) {
        uint64_t word;
        __builtin_memcpy(&word, bytes, 8);
        crc = __crc32cd(crc, word);
        bytes += 8;
        count -= 8;
    }
    while (count--) crc = __crc32cb(crc, *bytes++);
    return ~crc;
}
#endif

uint32_t pins_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
#if defined(__x86_64__)
    // A load and a test: the processor is asked once, when the program starts.
    if (__builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.2"))
        return pins_crc32c_streams(crc, bytes, count);
    if (__builtin_cpu_supports("sse4.2")) return pins_crc32c_sse42(crc, bytes, count);
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
    return pins_crc32c_arm(crc, bytes, count);
#endif
    return pins_crc32c_definition(crc, bytes, count);
}

#include "include/pins_kernels.h"

#define INLINE static inline __attribute__((always_inline))

// MARK: The definition

uint8_t pins_field_multiply(uint8_t one, uint8_t other) {
    unsigned product = 0, shifted = one;
    for (unsigned bits = other; bits; bits >>= 1) {
        if (bits & 1) product ^= shifted;
        shifted <<= 1;
        if (shifted & 0x100) shifted ^= 0x11D;
    }
    return (uint8_t)product;
}

static void add_definition(
    const uint8_t *in, size_t count, uint8_t *out, size_t stride, const uint8_t *factors,
    size_t rows) {
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < count; i++)
            out[row * stride + i] ^= pins_field_multiply(factors[row], in[i]);
}

// MARK: The fast way

// The products of a factor with all bytes that have only low, or only high bits: their sums are
// those with all bytes.
typedef struct {
    uint8_t low[16], high[16];
} parity_products;

static parity_products products_of(uint8_t factor) {
    parity_products products;
    products.low[0] = products.high[0] = 0;
    for (unsigned bit = 1; bit < 16; bit <<= 1) {
        uint8_t low = pins_field_multiply(factor, (uint8_t)bit);
        uint8_t high = pins_field_multiply(factor, (uint8_t)(bit << 4));
        for (unsigned i = 0; i < bit; i++) {
            products.low[bit + i] = products.low[i] ^ low;
            products.high[bit + i] = products.high[i] ^ high;
        }
    }
    return products;
}

// Adds to at most this many rows at a time: their tables stay in registers.
enum { GROUP = 4 };

typedef void parity_rows(
    const uint8_t *in, size_t count, uint8_t *out, size_t stride, const parity_products *products);

INLINE void add_bytes(
    const uint8_t *in, size_t from, size_t count, uint8_t *out, size_t stride,
    const parity_products *products, size_t rows) {
    for (size_t row = 0; row < rows; row++)
        for (size_t i = from; i < count; i++)
            out[row * stride + i] ^=
                products[row].low[in[i] & 15] ^ products[row].high[in[i] >> 4];
}

#define ROWS(kernel, rows, attributes)                                                            \
    attributes static void kernel##_##rows(                                                       \
        const uint8_t *in, size_t count, uint8_t *out, size_t stride,                             \
        const parity_products *products) {                                                        \
        kernel(in, count, out, stride, products, rows);                                           \
    }
#define ALL_ROWS(kernel, attributes)                                                              \
    ROWS(kernel, 1, attributes)                                                                   \
    ROWS(kernel, 2, attributes)                                                                   \
    ROWS(kernel, 3, attributes)                                                                   \
    ROWS(kernel, 4, attributes)                                                                   \
    static parity_rows *const kernel##_rows[GROUP] = {                                            \
        kernel##_1, kernel##_2, kernel##_3, kernel##_4}

INLINE void add_portable(
    const uint8_t *in, size_t count, uint8_t *out, size_t stride, const parity_products *products,
    size_t rows) {
    add_bytes(in, 0, count, out, stride, products, rows);
}
ALL_ROWS(add_portable, );

#if defined(__x86_64__)
#include <immintrin.h>

#define SSSE3 __attribute__((target("ssse3")))
SSSE3 INLINE void add_ssse3(
    const uint8_t *in, size_t count, uint8_t *out, size_t stride, const parity_products *products,
    size_t rows) {
    const __m128i mask = _mm_set1_epi8(15);
    __m128i low[GROUP], high[GROUP];
    for (size_t row = 0; row < rows; row++) {
        low[row] = _mm_loadu_si128((const __m128i *)products[row].low);
        high[row] = _mm_loadu_si128((const __m128i *)products[row].high);
    }
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(in + i));
        __m128i below = _mm_and_si128(bytes, mask);
        __m128i above = _mm_and_si128(_mm_srli_epi64(bytes, 4), mask);
        for (size_t row = 0; row < rows; row++) {
            __m128i *target = (__m128i *)(out + row * stride + i);
            __m128i product = _mm_xor_si128(
                _mm_shuffle_epi8(low[row], below), _mm_shuffle_epi8(high[row], above));
            _mm_storeu_si128(target, _mm_xor_si128(_mm_loadu_si128(target), product));
        }
    }
    add_bytes(in, i, count, out, stride, products, rows);
}
ALL_ROWS(add_ssse3, SSSE3);

#define AVX2 __attribute__((target("avx2")))
AVX2 INLINE void add_avx2(
    const uint8_t *in, size_t count, uint8_t *out, size_t stride, const parity_products *products,
    size_t rows) {
    const __m256i mask = _mm256_set1_epi8(15);
    __m256i low[GROUP], high[GROUP];
    for (size_t row = 0; row < rows; row++) {
        low[row] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)products[row].low));
        high[row] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)products[row].high));
    }
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(in + i));
        __m256i below = _mm256_and_si256(bytes, mask);
        __m256i above = _mm256_and_si256(_mm256_srli_epi64(bytes, 4), mask);
        for (size_t row = 0; row < rows; row++) {
            __m256i *target = (__m256i *)(out + row * stride + i);
            __m256i product = _mm256_xor_si256(
                _mm256_shuffle_epi8(low[row], below), _mm256_shuffle_epi8(high[row], above));
            _mm256_storeu_si256(target, _mm256_xor_si256(_mm256_loadu_si256(target), product));
        }
    }
    add_bytes(in, i, count, out, stride, products, rows);
}
ALL_ROWS(add_avx2, AVX2);
#endif

static void add_fast(
    parity_rows *const kernel[GROUP], const uint8_t *in, size_t count, uint8_t *out, size_t stride,
    const uint8_t *factors, size_t rows) {
    parity_products products[GROUP];
    for (size_t row = 0; row < rows; row += GROUP) {
        size_t some = rows - row < GROUP ? rows - row : GROUP;
        for (size_t i = 0; i < some; i++) products[i] = products_of(factors[row + i]);
        kernel[some - 1](in, count, out + row * stride, stride, products);
    }
}

// MARK: Dispatch

bool pins_parity_can_run(pins_parity_kernel kernel) {
    switch (kernel) {
    case PINS_PARITY_DEFINITION:
    case PINS_PARITY_PORTABLE: return true;
#if defined(__x86_64__)
    case PINS_PARITY_SSSE3: return __builtin_cpu_supports("ssse3");
    case PINS_PARITY_AVX2: return __builtin_cpu_supports("avx2");
#endif
    default: return false;
    }
}

pins_parity_kernel pins_parity_best_kernel(void) {
    if (pins_parity_can_run(PINS_PARITY_AVX2)) return PINS_PARITY_AVX2;
    if (pins_parity_can_run(PINS_PARITY_SSSE3)) return PINS_PARITY_SSSE3;
    return PINS_PARITY_PORTABLE;
}

void pins_parity_add(
    pins_parity_kernel kernel, const uint8_t *in, size_t count, uint8_t *out, size_t stride,
    const uint8_t *factors, size_t rows) {
    switch (kernel) {
    case PINS_PARITY_PORTABLE:
        return add_fast(add_portable_rows, in, count, out, stride, factors, rows);
#if defined(__x86_64__)
    case PINS_PARITY_SSSE3:
        return add_fast(add_ssse3_rows, in, count, out, stride, factors, rows);
    case PINS_PARITY_AVX2: return add_fast(add_avx2_rows, in, count, out, stride, factors, rows);
#endif
    default: return add_definition(in, count, out, stride, factors, rows);
    }
}

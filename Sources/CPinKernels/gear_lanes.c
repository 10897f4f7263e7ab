#include "gear_kernels.h"

// What is tested at a position depends on the 64 bytes that end there alone. So a block is
// split into as many equal parts as there are lanes, each lane warms up over the 64 bytes before
// its part, and all advance together. One source, compiled for each instruction set: the vector
// types of the compiler become NEON, AVX2 or AVX-512.

#if PINS_GEAR_HAS_LANES

#define INLINE static inline __attribute__((always_inline))

typedef uint32_t v8 __attribute__((vector_size(32)));
typedef uint32_t v16 __attribute__((vector_size(64)));

#define ZIP(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

// Vectors of 32 bytes in functions that are always inlined: no calling convention is involved.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

// MARK: Eight lanes

#define LANES 8
#define VECTOR v8
#define BODY scan8
#define LOAD load8
#define LOW32(a, b) ZIP(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH32(a, b) ZIP(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW64(a, b) ZIP(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH64(a, b) ZIP(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LOW128(a, b) ZIP(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HIGH128(a, b) ZIP(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

// Row `row`: the 32 bytes of lane `row`.
INLINE v8 load8(const uint8_t *bytes, size_t stride, size_t row) {
    v8 value;
    __builtin_memcpy(&value, bytes + row * stride, 32);
    return value;
}
#include "gear_lanes.h"
#undef LANES
#undef VECTOR
#undef BODY
#undef LOAD
#undef LOW32
#undef HIGH32
#undef LOW64
#undef HIGH64
#undef LOW128
#undef HIGH128

void pins_gear_scan_portable(
    const uint8_t *bytes, size_t groups, uint32_t threshold, gear_bits *bits) {
    scan8(bytes, groups, threshold, bits);
}

#if defined(__x86_64__)
__attribute__((target("avx2")))
void pins_gear_scan_avx2(
    const uint8_t *bytes, size_t groups, uint32_t threshold, gear_bits *bits) {
    scan8(bytes, groups, threshold, bits);
}

// MARK: Sixteen lanes: the same network in each half, lanes 8…15 in the upper one

#define LANES 16
#define VECTOR v16
#define BODY scan16
#define LOAD load16
#define LOW32(a, b) ZIP(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH32(a, b) ZIP(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW64(a, b) ZIP(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH64(a, b) ZIP(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define LOW128(a, b) ZIP(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define HIGH128(a, b) ZIP(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)

INLINE v16 load16(const uint8_t *bytes, size_t stride, size_t row) {
    v8 low, high;
    __builtin_memcpy(&low, bytes + row * stride, 32);
    __builtin_memcpy(&high, bytes + (row + 8) * stride, 32);
    return ZIP(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
#include "gear_lanes.h"

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
void pins_gear_scan_avx512(
    const uint8_t *bytes, size_t groups, uint32_t threshold, gear_bits *bits) {
    scan16(bytes, groups, threshold, bits);
}
#endif

#pragma clang diagnostic pop

#endif

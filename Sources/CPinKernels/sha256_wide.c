#include "sha256_kernels.h"

#if PINS_SHA256_HAS_KERNELS

// The rounds of FIPS 180-4 as they are written, on vectors: each lane is a message of its own. One
// source, compiled for each width; the compiler finds the rotations and the three-input logic.

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef uint32_t v4 __attribute__((vector_size(16)));
typedef uint32_t v8 __attribute__((vector_size(32)));
typedef uint32_t v16 __attribute__((vector_size(64)));

#define ZIP(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

// Vectors of 32 bytes in functions that are always inlined: no calling convention is involved.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

INLINE v4 load4(const uint8_t *bytes) {
    v4 value;
    __builtin_memcpy(&value, bytes, 16);
    return value;
}

// MARK: Eight lanes

#define LANES 8
#define VECTOR v8
#define BODY run8
#define LOAD load8
#define LOW32(a, b) ZIP(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH32(a, b) ZIP(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW64(a, b) ZIP(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH64(a, b) ZIP(a, b, 2, 3, 10, 11, 6, 7, 14, 15)

// Sixteen bytes of lanes `row` and `row + 4`.
INLINE v8 load8(const uint8_t *const *bytes, size_t offset, int row) {
    v4 low = load4(bytes[row] + offset), high = load4(bytes[row + 4] + offset);
    return ZIP(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
}
#include "sha256_lanes.h"
#undef LANES
#undef VECTOR
#undef BODY
#undef LOAD
#undef LOW32
#undef HIGH32
#undef LOW64
#undef HIGH64

__attribute__((target("avx2")))
void pins_sha256_run_avx2(
    pins_sha256_state *state, const uint8_t *const *bytes, size_t blocks) {
    run8(state, bytes, blocks);
}

// MARK: Sixteen lanes

#define LANES 16
#define VECTOR v16
#define BODY run16
#define LOAD load16
#define LOW32(a, b) ZIP(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH32(a, b) ZIP(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW64(a, b) ZIP(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH64(a, b) ZIP(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)

// Sixteen bytes of lanes `row`, `row + 4`, `row + 8` and `row + 12`.
INLINE v16 load16(const uint8_t *const *bytes, size_t offset, int row) {
    v8 low = load8(bytes, offset, row), high = load8(bytes, offset, row + 8);
    return ZIP(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
#include "sha256_lanes.h"

__attribute__((target("avx512f,avx512bw")))
void pins_sha256_run_avx512(
    pins_sha256_state *state, const uint8_t *const *bytes, size_t blocks) {
    run16(state, bytes, blocks);
}

#pragma clang diagnostic pop

#endif

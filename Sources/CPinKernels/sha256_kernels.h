#ifndef PINS_SHA256_KERNELS_H
#define PINS_SHA256_KERNELS_H

#include "include/pins_kernels.h"

#if defined(__x86_64__)
#define PINS_SHA256_HAS_KERNELS 1
#else
#define PINS_SHA256_HAS_KERNELS 0
#endif

#define PINS_SHA256_BLOCK 64
// Messages begun at a time: the sixteen of the widest kernel, and as many that wait.
#define PINS_SHA256_SLOTS 32

/// The state of every slot: word `w` of slot `s` is `words[w][s]`, as the vectors want it.
typedef struct {
    _Alignas(64) uint32_t words[8][PINS_SHA256_SLOTS];
} pins_sha256_state;

/// The constants of the rounds, FIPS 180-4 §4.2.2.
extern const uint32_t pins_sha256_constants[64];

#if PINS_SHA256_HAS_KERNELS

/// Adds `blocks` blocks of 64 bytes, from `bytes[s]` on, to the state of each of the first slots:
/// one, two, eight or sixteen of them.
typedef void pins_sha256_run(
    pins_sha256_state *state, const uint8_t *const *bytes, size_t blocks);

pins_sha256_run pins_sha256_run_ni;
pins_sha256_run pins_sha256_run_ni_2;
pins_sha256_run pins_sha256_run_ni_4;
pins_sha256_run pins_sha256_run_avx2;
pins_sha256_run pins_sha256_run_avx512;

#endif

#endif

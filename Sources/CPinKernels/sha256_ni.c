#include "sha256_kernels.h"

#if PINS_SHA256_HAS_KERNELS

#include <immintrin.h>

// Two rounds (`sha256rnds2`) wait four cycles for the two before them, and the processor could
// begin others every second cycle: one stream leaves half of the unit idle. Two nearly fill it;
// with four, what is not a round fits between as well.

#define TARGET __attribute__((target("sha,sse4.1")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define UNROLL _Pragma("clang loop unroll(full)")
#define EACH_STREAM UNROLL for (int s = 0; s < streams; s++)
#define STREAMS_MAX 4

typedef struct {
    // Words of the state as the instructions want them, and the last sixteen words of the schedule.
    __m128i abef, cdgh, w[4];
} ni_stream;

// Rounds `4 * i` to `4 * i + 3` of every stream. The words of round `4 * (i + 1)` get their last
// part on the way, those of round `4 * (i + 3)` their first.
INLINE void four_rounds(int streams, int i, ni_stream *all) {
    const __m128i k = _mm_loadu_si128((const __m128i *)(pins_sha256_constants + 4 * i));
    EACH_STREAM {
        ni_stream *x = all + s;
        __m128i now = x->w[i & 3], sum = _mm_add_epi32(now, k);
        __m128i *next = &x->w[(i + 1) & 3], *last = &x->w[(i + 3) & 3];
        x->cdgh = _mm_sha256rnds2_epu32(x->cdgh, x->abef, sum);
        if (i >= 3 && i < 15) {
            *next = _mm_add_epi32(*next, _mm_alignr_epi8(now, *last, 4));
            *next = _mm_sha256msg2_epu32(*next, now);
        }
        x->abef = _mm_sha256rnds2_epu32(x->abef, x->cdgh, _mm_shuffle_epi32(sum, 0x0E));
        if (i >= 1 && i < 13) *last = _mm_sha256msg1_epu32(*last, now);
    }
}

INLINE void run_block(int streams, ni_stream *all, const uint8_t **bytes) {
    const __m128i swap = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
    __m128i abef[STREAMS_MAX], cdgh[STREAMS_MAX];
    EACH_STREAM {
        abef[s] = all[s].abef;
        cdgh[s] = all[s].cdgh;
        UNROLL for (int j = 0; j < 4; j++) {
            __m128i words = _mm_loadu_si128((const __m128i *)(bytes[s] + 16 * j));
            all[s].w[j] = _mm_shuffle_epi8(words, swap);
        }
        bytes[s] += PINS_SHA256_BLOCK;
    }
    UNROLL for (int i = 0; i < 16; i++) four_rounds(streams, i, all);
    EACH_STREAM {
        all[s].abef = _mm_add_epi32(all[s].abef, abef[s]);
        all[s].cdgh = _mm_add_epi32(all[s].cdgh, cdgh[s]);
    }
}

INLINE __m128i load(const pins_sha256_state *state, int s, int a, int b, int c, int d) {
    const uint32_t(*words)[PINS_SHA256_SLOTS] = state->words;
    return _mm_set_epi32(
        (int)words[a][s], (int)words[b][s], (int)words[c][s], (int)words[d][s]);
}

INLINE void store(pins_sha256_state *state, int s, __m128i from, int a, int b, int c, int d) {
    state->words[a][s] = (uint32_t)_mm_extract_epi32(from, 3);
    state->words[b][s] = (uint32_t)_mm_extract_epi32(from, 2);
    state->words[c][s] = (uint32_t)_mm_extract_epi32(from, 1);
    state->words[d][s] = (uint32_t)_mm_extract_epi32(from, 0);
}

INLINE void run(
    int streams, pins_sha256_state *state, const uint8_t *const *bytes, size_t blocks) {
    ni_stream all[STREAMS_MAX];
    const uint8_t *next[STREAMS_MAX];
    EACH_STREAM {
        next[s] = bytes[s];
        all[s].abef = load(state, s, 0, 1, 4, 5);
        all[s].cdgh = load(state, s, 2, 3, 6, 7);
    }
    while (blocks--) run_block(streams, all, next);
    EACH_STREAM {
        store(state, s, all[s].abef, 0, 1, 4, 5);
        store(state, s, all[s].cdgh, 2, 3, 6, 7);
    }
}

TARGET void pins_sha256_run_ni(
    pins_sha256_state *state, const uint8_t *const *bytes, size_t blocks) {
    run(1, state, bytes, blocks);
}

TARGET void pins_sha256_run_ni_2(
    pins_sha256_state *state, const uint8_t *const *bytes, size_t blocks) {
    run(2, state, bytes, blocks);
}

TARGET void pins_sha256_run_ni_4(
    pins_sha256_state *state, const uint8_t *const *bytes, size_t blocks) {
    run(4, state, bytes, blocks);
}

#endif

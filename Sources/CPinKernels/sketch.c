#include "gear_kernels.h"

#include <string.h>

// The features of FORMAT.md §6.4. The kernels of the chunker find the few groups that have a
// sample; only those are walked byte by byte.

#define TRANSFORMS 6
// Ten ones: one position in 1,024.
#define SAMPLE_THRESHOLD 0xFFC00000u
#define SAMPLES_MIN 4

typedef struct {
    uint32_t multiplier[TRANSFORMS], addend[TRANSFORMS], greatest[TRANSFORMS];
    size_t samples;
} sketch;

static void sketch_begin(sketch *s) {
    memset(s, 0, sizeof *s);
    for (int k = 0; k < TRANSFORMS; k++) {
        s->multiplier[k] = pins_gear_words[2 * k + 1] | 1;
        s->addend[k] = pins_gear_words[2 * k + 2];
    }
}

// Takes the samples of positions `from..<to`; the 64 bytes before `from` can be read.
static void sketch_walk(sketch *s, const uint8_t *bytes, size_t from, size_t to) {
    const uint8_t *before = bytes - PINS_GEAR_DISTANCE;
    uint32_t hash = 0, past = 0;
    for (size_t i = from - PINS_GEAR_DISTANCE; i < to; i++) {
        hash = (hash << 1) + pins_gear_words[bytes[i]];
        past = (past << 1) + pins_gear_words[before[i]];
        if (i < from || hash - past < SAMPLE_THRESHOLD) continue;
        uint32_t value = hash * PINS_GEAR_MULTIPLIER_1 + past;
        s->samples++;
        for (int k = 0; k < TRANSFORMS; k++) {
            uint32_t feature = value * s->multiplier[k] + s->addend[k];
            if (feature > s->greatest[k]) s->greatest[k] = feature;
        }
    }
}

static size_t sketch_lanes(pins_gear_kernel kernel, gear_scan **scan) {
    switch (kernel) {
#if PINS_GEAR_HAS_LANES
    case PINS_GEAR_PORTABLE: *scan = pins_gear_scan_portable; return 8;
#if defined(__x86_64__)
    case PINS_GEAR_AVX2: *scan = pins_gear_scan_avx2; return 8;
    case PINS_GEAR_AVX512: *scan = pins_gear_scan_avx512; return 16;
#endif
#endif
    default: return 0;
    }
}

bool pins_sketch_features(
    pins_gear_kernel kernel, const uint8_t *bytes, size_t count, uint64_t features[3]) {
    sketch s;
    sketch_begin(&s);
    gear_scan *scan = NULL;
    size_t lanes = sketch_lanes(kernel, &scan), position = PINS_GEAR_WINDOW;
    uint32_t bits[PINS_GEAR_LANES_MAX];
    while (lanes > 0 && position < count) {
        size_t groups = (count - position) / (PINS_GEAR_GROUP * lanes);
        if (groups > 32) groups = 32;
        if (groups < 4) break;
        scan(bytes + position, groups, SAMPLE_THRESHOLD, bits);
        for (size_t lane = 0; lane < lanes; lane++) {
            for (uint32_t rest = bits[lane]; rest; rest &= rest - 1) {
                size_t group = lane * groups + (size_t)__builtin_ctz(rest);
                size_t low = position + group * PINS_GEAR_GROUP;
                sketch_walk(&s, bytes, low, low + PINS_GEAR_GROUP);
            }
        }
        position += groups * PINS_GEAR_GROUP * lanes;
    }
    if (position < count) sketch_walk(&s, bytes, position, count);
    if (s.samples < SAMPLES_MIN) return false;
    for (int j = 0; j < TRANSFORMS / 2; j++)
        features[j] = (uint64_t)s.greatest[2 * j] << 32 | s.greatest[2 * j + 1];
    return true;
}

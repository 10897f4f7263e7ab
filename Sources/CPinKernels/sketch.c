#include "gear_kernels.h"

#include <string.h>

// The features of FORMAT.md §6.4. The kernels of the chunker find the few groups that have a
// sample, most of them while it cuts; only those are walked byte by byte.

#define TRANSFORMS 6
#define SAMPLES_MIN 4
// How many groups ahead memory is asked for.
#define PREFETCHED 8

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
        if (i < from || hash - past < PINS_GEAR_SAMPLE) continue;
        uint32_t value = hash * PINS_GEAR_MULTIPLIER_1 + past;
        s->samples++;
        for (int k = 0; k < TRANSFORMS; k++) {
            uint32_t feature = value * s->multiplier[k] + s->addend[k];
            if (feature > s->greatest[k]) s->greatest[k] = feature;
        }
    }
}

// Takes the samples of positions `from..<to` that nobody has looked at, with what `lanes` find.
static void sketch_scan(
    sketch *s, const uint8_t *bytes, size_t from, size_t to, gear_scan *scan, size_t lanes) {
    gear_bits bits;
    while (lanes > 0 && from < to) {
        size_t groups = (to - from) / (PINS_GEAR_GROUP * lanes);
        if (groups > 32) groups = 32;
        if (groups < 4) break;
        scan(bytes + from, groups, PINS_GEAR_SAMPLE, &bits);
        for (size_t lane = 0; lane < lanes; lane++) {
            for (uint32_t rest = bits.sampled[lane]; rest; rest &= rest - 1) {
                size_t group = lane * groups + (size_t)__builtin_ctz(rest);
                size_t low = from + group * PINS_GEAR_GROUP;
                sketch_walk(s, bytes, low, low + PINS_GEAR_GROUP);
            }
        }
        from += groups * PINS_GEAR_GROUP * lanes;
    }
    if (from < to) sketch_walk(s, bytes, from, to);
}

// The index of the first of `count` ascending words that is at least `word`.
static size_t sketch_first(const uint32_t *words, size_t count, size_t word) {
    size_t low = 0;
    while (count > 0) {
        size_t half = count / 2;
        if (words[low + half] < word) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low;
}

// Takes the samples of `from..<to`, which were noted; `start` is where the chunk begins for those
// who noted them.
static void sketch_take(
    sketch *s, const uint8_t *bytes, size_t start, size_t from, size_t to,
    const pins_gear_samples *noted) {
    size_t reach = PINS_GEAR_GROUP - 1, first = start + from < reach ? 0 : start + from - reach;
    size_t i = sketch_first(noted->groups, noted->group_count, first);
    for (; i < noted->group_count && noted->groups[i] < start + to; i++) {
        size_t group = noted->groups[i];
        // A kilobyte apart on average, too far for the processor to see them coming. An address
        // that does not exist does no harm.
        if (i + PREFETCHED < noted->group_count) {
            const uint8_t *next = bytes + (noted->groups[i + PREFETCHED] - start);
            __builtin_prefetch(next - PINS_GEAR_WINDOW);
            __builtin_prefetch(next);
        }
        size_t low = group < start + from ? from : group - start;
        size_t high = group + PINS_GEAR_GROUP - start;
        sketch_walk(s, bytes, low, high < to ? high : to);
    }
}

bool pins_sketch_features(
    pins_gear_kernel kernel, const uint8_t *bytes, size_t count, const pins_gear_samples *noted,
    size_t start, uint64_t features[3]) {
    sketch s;
    sketch_begin(&s);
    gear_scan *scan = NULL;
    size_t lanes = pins_gear_lanes(kernel, &scan), position = PINS_GEAR_WINDOW;
    // The first range whose end is behind the beginning of the chunk.
    size_t seen =
        noted ? sketch_first(noted->seen, noted->seen_count, start + position) : 0;
    seen &= ~(size_t)1;
    while (position < count) {
        bool none = !noted || seen >= noted->seen_count || noted->seen[seen] >= start + count;
        size_t from = none ? count : noted->seen[seen] - start, to = count;
        if (!none && noted->seen[seen] < start + position) from = position;
        if (from > position) sketch_scan(&s, bytes, position, from, scan, lanes);
        if (none) break;
        if (noted->seen[seen + 1] < start + count) to = noted->seen[seen + 1] - start;
        sketch_take(&s, bytes, start, from, to, noted);
        position = to;
        seen += 2;
    }
    if (s.samples < SAMPLES_MIN) return false;
    for (int j = 0; j < TRANSFORMS / 2; j++)
        features[j] = (uint64_t)s.greatest[2 * j] << 32 | s.greatest[2 * j + 1];
    return true;
}

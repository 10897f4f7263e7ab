#include "include/pins_kernels.h"

#include <stdlib.h>
#include <string.h>

enum { PROBE_COUNT = 5, PROBE_BITS = 12, LINE_WORDS = 8 };

struct pins_filter {
    // NULL until look-ups have paid for it.
    uint64_t *words;
    size_t lookups_before;
    size_t lookup_count;
    size_t words_per_bucket;
    uint32_t bucket_bits;
};

pins_filter *pins_filter_make(
    uint32_t bucket_bits, size_t words_per_bucket, size_t lookups_before) {
    pins_filter *filter = calloc(1, sizeof *filter);
    if (!filter) return NULL;
    filter->lookups_before = lookups_before;
    filter->words_per_bucket = words_per_bucket;
    filter->bucket_bits = bucket_bits;
    return filter;
}

void pins_filter_free(pins_filter *filter) {
    if (filter) free(filter->words);
    free(filter);
}

static size_t bucket_of(const pins_filter *filter, uint64_t first) {
    return filter->bucket_bits ? (size_t)(first >> (64 - filter->bucket_bits)) : 0;
}

// Which bit of a bucket the lowest twelve bits of a digest's second word stand for.
static size_t bit_of(const pins_filter *filter, uint64_t rest) {
    return ((rest & ((1 << PROBE_BITS) - 1)) * filter->words_per_bucket * 64) >> PROBE_BITS;
}

static void prepare(pins_filter *filter) {
    if (__atomic_add_fetch(&filter->lookup_count, 1, __ATOMIC_RELAXED) <= filter->lookups_before)
        return;
    size_t size = (filter->words_per_bucket << filter->bucket_bits) * sizeof(uint64_t);
    // All ones: a bucket that is not filled may have anything.
    void *memory = NULL;
    if (posix_memalign(&memory, LINE_WORDS * sizeof(uint64_t), size)) return;
    memset(memory, 0xFF, size);
    uint64_t *none = NULL;
    if (!__atomic_compare_exchange_n(
            &filter->words, &none, (uint64_t *)memory, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        free(memory);
}

void pins_filter_fill(
    pins_filter *filter, size_t bucket, const uint8_t *entries, size_t count, size_t stride) {
    uint64_t *words = __atomic_load_n(&filter->words, __ATOMIC_ACQUIRE);
    size_t width = filter->words_per_bucket;
    if (!words || bucket >> filter->bucket_bits) return;
    words += bucket * width;
    // A bucket that was filled hardly ever has a word of ones; if it has, it is filled again.
    if (__atomic_load_n(words, __ATOMIC_RELAXED) != UINT64_MAX) return;
    uint64_t filled[PINS_FILTER_WORDS_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        uint64_t rest;
        memcpy(&rest, entries + i * stride + 8, 8);
        rest = __builtin_bswap64(rest);
        for (int probe = 0; probe < PROBE_COUNT; probe++, rest >>= PROBE_BITS) {
            size_t bit = bit_of(filter, rest);
            filled[bit >> 6] |= UINT64_C(1) << (bit & 63);
        }
    }
    // Whoever reads between finds, word by word, all bits or those that must be there.
    for (size_t i = 0; i < width; i++) __atomic_store_n(words + i, filled[i], __ATOMIC_RELAXED);
}

uint64_t pins_filter_probe(
    pins_filter *const *filters, size_t count, uint64_t first, uint64_t second) {
    const uint64_t *buckets[64];
    // The memory of all filters is asked for before any is waited for.
    for (size_t i = 0; i < count; i++) {
        pins_filter *filter = filters[i];
        const uint64_t *words = __atomic_load_n(&filter->words, __ATOMIC_ACQUIRE);
        if (words) {
            words += bucket_of(filter, first) * filter->words_per_bucket;
            __builtin_prefetch(words);
            __builtin_prefetch(words + filter->words_per_bucket - 1);
        } else if (filter->lookups_before != PINS_FILTER_NEVER) {
            prepare(filter);
        }
        buckets[i] = words;
    }
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 1, rest = second;
        // All probes at once: which one fails cannot be foretold, that one does nearly always can.
        for (int probe = 0; buckets[i] && probe < PROBE_COUNT; probe++, rest >>= PROBE_BITS) {
            size_t bit = bit_of(filters[i], rest);
            bits &= __atomic_load_n(buckets[i] + (bit >> 6), __ATOMIC_RELAXED) >> (bit & 63);
        }
        found |= bits << i;
    }
    return found;
}

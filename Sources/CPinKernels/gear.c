#include "gear_kernels.h"

#include <string.h>

const uint32_t *pins_gear_table(void) { return pins_gear_words; }

// How long chunks may be, and the two values that a difference must reach, FORMAT.md §4.1.
typedef struct {
    size_t minimum, average, maximum;
    uint32_t strict, loose;
} gear_limits;

// The smallest word whose `bits` high bits are all ones.
static uint32_t gear_threshold(uint32_t bits) { return ~(UINT32_MAX >> bits); }

static gear_limits gear_make_limits(pins_gear_parameters parameters) {
    uint32_t exponent = parameters.average_exponent;
    return (gear_limits){
        .minimum = (size_t)1 << (exponent - 2),
        .average = (size_t)1 << exponent,
        .maximum = (size_t)1 << (exponent + 2),
        .strict = gear_threshold(exponent + parameters.normalization),
        .loose = gear_threshold(exponent - parameters.normalization),
    };
}

// MARK: The definition

// The length of the chunk at `bytes`, or 0 where the bytes do not determine it (FORMAT.md §4.3).
static size_t gear_length(const gear_limits *limits, const uint8_t *bytes, size_t count) {
    if (count < limits->minimum) return 0;
    size_t end = count < limits->maximum ? count : limits->maximum;
    uint32_t hash = 0, past = 0;
    for (size_t i = limits->minimum - PINS_GEAR_DISTANCE; i < end; i++) {
        hash = (hash << 1) + pins_gear_words[bytes[i]];
        past = (past << 1) + pins_gear_words[bytes[i - PINS_GEAR_DISTANCE]];
        size_t length = i + 1;
        if (length < limits->minimum) continue;
        uint32_t threshold = length < limits->average ? limits->strict : limits->loose;
        if (hash - past >= threshold) return length;
    }
    return end == limits->maximum ? end : 0;
}

static size_t gear_ends_definition(
    const gear_limits *limits, const uint8_t *bytes, size_t count, bool is_final, size_t *ends,
    size_t capacity) {
    size_t start = 0, written = 0;
    while (written < capacity && start < count) {
        size_t length = gear_length(limits, bytes + start, count - start);
        if (length == 0) {
            if (!is_final) break;
            length = count - start;
        }
        start += length;
        ends[written++] = start;
    }
    return written;
}

// MARK: The fast way

// What a kernel found in `from..<to`: one bit for every 32 bytes.
typedef struct {
    const uint8_t *bytes;
    size_t count;
    uint32_t loose;
    gear_scan *scan;
    size_t lanes, groups_max;
    size_t from, to, groups;
    gear_bits bits;
    // Where groups with samples are noted, or NULL.
    pins_gear_samples *samples;
    // The hashes of the 32 bytes before `hash_at` and of those 32 bytes earlier.
    uint32_t hash, past;
    size_t hash_at;
} gear_scanner;

// The first position of `from..<to` whose difference reaches `threshold`, or `to`.
static size_t gear_walk(gear_scanner *s, size_t from, size_t to, uint32_t threshold) {
    const uint8_t *bytes = s->bytes, *before = bytes - PINS_GEAR_DISTANCE;
    uint32_t hash = s->hash, past = s->past;
    if (s->hash_at != from) {
        hash = past = 0;
        for (size_t i = from - PINS_GEAR_DISTANCE; i < from; i++) {
            hash = (hash << 1) + pins_gear_words[bytes[i]];
            past = (past << 1) + pins_gear_words[before[i]];
        }
    }
    for (size_t i = from; i < to; i++) {
        hash = (hash << 1) + pins_gear_words[bytes[i]];
        past = (past << 1) + pins_gear_words[before[i]];
        if (hash - past >= threshold) {
            s->hash_at = 0;
            return i;
        }
    }
    s->hash = hash;
    s->past = past;
    s->hash_at = to;
    return to;
}

// The first marked group at or after `group`, or the number of groups.
static size_t gear_next_group(const gear_scanner *s, size_t group) {
    for (size_t lane = group / s->groups, skip = group % s->groups; lane < s->lanes; lane++) {
        uint32_t bits = s->bits.reached[lane] & (UINT32_MAX << skip);
        if (bits) return lane * s->groups + (size_t)__builtin_ctz(bits);
        skip = 0;
    }
    return s->lanes * s->groups;
}

// Notes the groups of the block that have samples. Where there is no room the block is not noted as
// seen, so that nothing is missed.
static void gear_note_samples(gear_scanner *s) {
    pins_gear_samples *all = s->samples;
    size_t before = all->group_count;
    for (size_t lane = 0; lane < s->lanes; lane++) {
        for (uint32_t rest = s->bits.sampled[lane]; rest; rest &= rest - 1) {
            if (all->group_count == all->group_capacity) {
                all->group_count = before;
                return;
            }
            size_t group = lane * s->groups + (size_t)__builtin_ctz(rest);
            all->groups[all->group_count++] = (uint32_t)(s->from + group * PINS_GEAR_GROUP);
        }
    }
    bool continues = all->seen_count > 0 && all->seen[all->seen_count - 1] == s->from;
    if (!continues && all->seen_count + 2 > all->seen_capacity) {
        all->group_count = before;
        return;
    }
    if (continues) all->seen_count--;
    else all->seen[all->seen_count++] = (uint32_t)s->from;
    all->seen[all->seen_count++] = (uint32_t)s->to;
}

// Lets the kernel look at as much as there is from `position` on, up to a block.
static bool gear_scan_block(gear_scanner *s, size_t position) {
    size_t groups = (s->count - position) / (PINS_GEAR_GROUP * s->lanes);
    if (groups > s->groups_max) groups = s->groups_max;
    // Each lane warms up over two groups: fewer than four would cost more than they save.
    if (groups < 4) return false;
    s->scan(s->bytes + position, groups, s->loose, &s->bits);
    s->from = position;
    s->to = position + groups * PINS_GEAR_GROUP * s->lanes;
    s->groups = groups;
    if (s->samples) gear_note_samples(s);
    return true;
}

// The first position of `from..<to` whose difference reaches `threshold` (at least `loose`), or
// `to`.
static size_t gear_find(gear_scanner *s, size_t from, size_t to, uint32_t threshold) {
    while (from < to) {
        if (from < s->from || from >= s->to) {
            if (!gear_scan_block(s, from)) return gear_walk(s, from, to, threshold);
        }
        size_t group = gear_next_group(s, (from - s->from) / PINS_GEAR_GROUP);
        size_t low = s->from + group * PINS_GEAR_GROUP;
        size_t high = low + PINS_GEAR_GROUP;
        if (low < from) low = from;
        if (low >= to) return to;
        if (low < s->to) {
            if (high > to) high = to;
            size_t found = gear_walk(s, low, high, threshold);
            if (found < high) return found;
            from = high;
        } else {
            from = s->to;
        }
    }
    return to;
}

static size_t gear_ends_fast(
    const gear_limits *limits, gear_scanner *s, bool is_final, size_t *ends, size_t capacity) {
    size_t start = 0, written = 0;
    while (written < capacity && start < s->count) {
        size_t rest = s->count - start, length = 0;
        if (rest >= limits->minimum) {
            size_t end = start + (rest < limits->maximum ? rest : limits->maximum);
            size_t low = start + limits->minimum - 1, middle = start + limits->average - 1;
            if (middle > end) middle = end;
            size_t found = gear_find(s, low, middle, limits->strict);
            if (found == middle) found = gear_find(s, middle, end, limits->loose);
            if (found < end) length = found + 1 - start;
            else if (rest >= limits->maximum) length = limits->maximum;
        }
        if (length == 0) {
            if (!is_final) break;
            length = rest;
        }
        start += length;
        ends[written++] = start;
    }
    return written;
}

// MARK: Dispatch

bool pins_gear_can_run(pins_gear_kernel kernel) {
    switch (kernel) {
    case PINS_GEAR_DEFINITION: return true;
    case PINS_GEAR_PORTABLE: return PINS_GEAR_HAS_LANES;
#if defined(__x86_64__)
    case PINS_GEAR_AVX2: return __builtin_cpu_supports("avx2");
    case PINS_GEAR_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
    default: return false;
    }
}

pins_gear_kernel pins_gear_best_kernel(void) {
    if (pins_gear_can_run(PINS_GEAR_AVX512)) return PINS_GEAR_AVX512;
    if (pins_gear_can_run(PINS_GEAR_AVX2)) return PINS_GEAR_AVX2;
#if defined(__aarch64__)
    return PINS_GEAR_PORTABLE;
#else
    // Without a 32-bit vector multiplication the lanes lose to the byte-by-byte loop.
    return PINS_GEAR_DEFINITION;
#endif
}

size_t pins_gear_lanes(pins_gear_kernel kernel, gear_scan **scan) {
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

size_t pins_gear_ends(
    pins_gear_kernel kernel, pins_gear_parameters parameters, const uint8_t *bytes, size_t count,
    bool is_final, size_t *ends, size_t capacity, pins_gear_samples *samples) {
    gear_limits limits = gear_make_limits(parameters);
    gear_scanner s;
    memset(&s, 0, sizeof s);
    s.lanes = pins_gear_lanes(kernel, &s.scan);
    if (s.lanes == 0) return gear_ends_definition(&limits, bytes, count, is_final, ends, capacity);
    s.bytes = bytes;
    s.count = count;
    s.loose = limits.loose;
    // Offsets are noted in 32 bits.
    s.samples = count <= UINT32_MAX ? samples : NULL;
    // A block of a quarter of the average: what it covers past a cut is seldom of use.
    s.groups_max = limits.minimum / (PINS_GEAR_GROUP * s.lanes);
    if (s.groups_max < 4) s.groups_max = 4;
    if (s.groups_max > 32) s.groups_max = 32;
    return gear_ends_fast(&limits, &s, is_final, ends, capacity);
}

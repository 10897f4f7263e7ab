// Rejected: a 64-bit Gear hash with a table, as a byte-by-byte loop and as
// four lanes in portable C. The cuts of both are the same.
#include "study.h"

#define WINDOW 64
#define LANES 4
// Not a power of two: the lanes would compete for the same cache lines.
#define SEGMENT 4352

static uint64_t table[256];

// The words of SplitMix64 from seed 0.
void gear64_prepare(void) {
    uint64_t state = 0;
    for (int i = 0; i < 256; i++) {
        uint64_t z = state += 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        table[i] = z ^ (z >> 31);
    }
}

static uint64_t high_ones(unsigned bits) { return ~(UINT64_MAX >> bits); }

size_t gear64_scalar(
    unsigned k, unsigned nc, const uint8_t *bytes, size_t count, size_t *ends, size_t capacity) {
    size_t minimum = (size_t)1 << (k - 2), average = (size_t)1 << k, maximum = (size_t)1 << (k + 2);
    uint64_t strict = high_ones(k + nc), loose = high_ones(k - nc);
    size_t written = 0;
    for (size_t start = 0; start < count && written < capacity;) {
        const uint8_t *p = bytes + start;
        size_t rest = count - start, end = rest < maximum ? rest : maximum, length = end;
        uint64_t hash = 0;
        for (size_t i = minimum - WINDOW; i < end; i++) {
            hash = (hash << 1) + table[p[i]];
            if (i + 1 >= minimum && hash >= (i + 1 < average ? strict : loose)) {
                length = i + 1;
                break;
            }
        }
        start += length;
        ends[written++] = start;
    }
    return written;
}

typedef struct { size_t at; uint64_t hash; } candidate;
typedef struct {
    const uint8_t *bytes;
    size_t count, from, to, used, next;
    uint64_t loose;
    candidate found[LANES * SEGMENT];
} scanner;

static uint64_t warm(const uint8_t *bytes, size_t at) {
    uint64_t hash = 0;
    for (size_t i = at - WINDOW; i < at; i++) hash = (hash << 1) + table[bytes[i]];
    return hash;
}

// All positions of a block whose hash reaches the loose threshold, ascending.
static void scan(scanner *s, size_t from) {
    static candidate lists[LANES][SEGMENT];
    size_t used[LANES] = {0}, segment = (s->count - from) / LANES;
    if (segment > SEGMENT) segment = SEGMENT;
    uint64_t loose = s->loose;
    const uint8_t *p0 = s->bytes + from, *p1 = p0 + segment, *p2 = p1 + segment, *p3 = p2 + segment;
    uint64_t h0 = warm(s->bytes, from), h1 = warm(s->bytes, from + segment);
    uint64_t h2 = warm(s->bytes, from + 2 * segment), h3 = warm(s->bytes, from + 3 * segment);
#define NOTE(lane, h) \
    if (h >= loose) lists[lane][used[lane]++] = (candidate){from + lane * segment + i, h}
    for (size_t i = 0; i < segment; i++) {
        h0 = (h0 << 1) + table[p0[i]];
        h1 = (h1 << 1) + table[p1[i]];
        h2 = (h2 << 1) + table[p2[i]];
        h3 = (h3 << 1) + table[p3[i]];
        if (__builtin_expect((h0 >= loose) | (h1 >= loose) | (h2 >= loose) | (h3 >= loose), 0)) {
            NOTE(0, h0);
            NOTE(1, h1);
            NOTE(2, h2);
            NOTE(3, h3);
        }
    }
    s->used = s->next = 0;
    for (int lane = 0; lane < LANES; lane++) {
        memcpy(s->found + s->used, lists[lane], used[lane] * sizeof(candidate));
        s->used += used[lane];
    }
    s->from = from;
    s->to = from + LANES * segment;
}

static size_t find(scanner *s, size_t from, size_t to, uint64_t threshold) {
    while (from < to) {
        if (from < s->from || from >= s->to) {
            if (s->count - from < 1024) {
                uint64_t hash = warm(s->bytes, from);
                for (size_t i = from; i < to; i++) {
                    hash = (hash << 1) + table[s->bytes[i]];
                    if (hash >= threshold) return i;
                }
                return to;
            }
            scan(s, from);
        }
        for (; s->next < s->used; s->next++) {
            candidate c = s->found[s->next];
            if (c.at < from) continue;
            if (c.at >= to) return to;
            if (c.hash >= threshold) return c.at;
        }
        from = s->to;
    }
    return to;
}

size_t gear64_lanes(
    unsigned k, unsigned nc, const uint8_t *bytes, size_t count, size_t *ends, size_t capacity) {
    static scanner s;
    size_t minimum = (size_t)1 << (k - 2), average = (size_t)1 << k, maximum = (size_t)1 << (k + 2);
    uint64_t strict = high_ones(k + nc);
    s.bytes = bytes;
    s.count = count;
    s.from = s.to = s.used = s.next = 0;
    s.loose = high_ones(k - nc);
    size_t written = 0;
    for (size_t start = 0; start < count && written < capacity;) {
        size_t rest = count - start, length = rest < maximum ? rest : maximum;
        if (rest >= minimum) {
            size_t end = start + length, middle = start + average - 1;
            if (middle > end) middle = end;
            size_t at = find(&s, start + minimum - 1, middle, strict);
            if (at == middle) at = find(&s, middle, end, s.loose);
            if (at < end) length = at + 1 - start;
        }
        start += length;
        ends[written++] = start;
    }
    return written;
}

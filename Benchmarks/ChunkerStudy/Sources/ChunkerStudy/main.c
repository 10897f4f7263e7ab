// Speed, cut quality and bytes after edits of three definitions of the Gear hash.
// Usage: ChunkerStudy [MiB of each data set, 64] [log2 of the average, 16] [normalisation, 2]

#include "../../../../Sources/CPinKernels/include/pins_kernels.h"
#include "study.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

typedef size_t chunker(
    unsigned k, unsigned nc, const uint8_t *bytes, size_t count, size_t *ends, size_t capacity);

#define GEAR32(name, kernel) \
    static size_t name( \
        unsigned k, unsigned nc, const uint8_t *bytes, size_t count, size_t *ends, size_t capacity) { \
        return pins_gear_ends( \
            kernel, (pins_gear_parameters){k, nc}, bytes, count, true, ends, capacity, NULL); \
    }
GEAR32(gear32_scalar, PINS_GEAR_DEFINITION)
GEAR32(gear32_portable, PINS_GEAR_PORTABLE)
GEAR32(gear32_avx2, PINS_GEAR_AVX2)
GEAR32(gear32_avx512, PINS_GEAR_AVX512)

// Kernels in the order of pins_gear_kernel: byte by byte, portable lanes, AVX2, AVX-512.
typedef struct { const char *name; chunker *runs[4]; } candidate;
static const candidate candidates[] = {
    {"32-bit, difference", {gear32_scalar, gear32_portable, gear32_avx2, gear32_avx512}},
    {"32-bit, plain", {plain32_scalar}},
    {"64-bit, table", {gear64_scalar, gear64_lanes}},
};

// Processor time: other programs of the machine count less.
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// The best of nine runs, in GB per second of processor time; refuses cuts that differ from `expected`.
static double speed(
    chunker *run, unsigned k, unsigned nc, buffer data, const size_t *expected, size_t count,
    size_t *ends, size_t capacity) {
    double best = INFINITY;
    for (int round = 0; round < 9; round++) {
        double began = now();
        size_t found = run(k, nc, data.bytes, data.count, ends, capacity);
        double took = now() - began;
        if (took < best) best = took;
        if (found != count || memcmp(ends, expected, count * sizeof *ends)) {
            fprintf(stderr, "the cuts differ from the definition's\n");
            exit(1);
        }
    }
    return (double)data.count / best / 1e9;
}

static uint64_t chunk_name(const uint8_t *bytes, size_t count) {
    uint64_t a = count, word;
    for (; count >= 8; bytes += 8, count -= 8) {
        memcpy(&word, bytes, 8);
        a = (a ^ word) * 0x9FB21C651E98DF25u;
        a ^= a >> 35;
    }
    for (; count; bytes++, count--) a = (a ^ *bytes) * 0x9FB21C651E98DF25u;
    return a ^ a >> 32;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// The bytes of the chunks of `edited` that `data` does not have.
static size_t fresh_bytes(
    chunker *run, unsigned k, unsigned nc, buffer data, buffer edited, size_t *ends,
    size_t capacity) {
    size_t count = run(k, nc, data.bytes, data.count, ends, capacity), fresh = 0;
    uint64_t *names = malloc(count * sizeof *names);
    for (size_t i = 0, start = 0; i < count; start = ends[i++])
        names[i] = chunk_name(data.bytes + start, ends[i] - start);
    qsort(names, count, sizeof *names, compare);
    size_t found = run(k, nc, edited.bytes, edited.count, ends, capacity);
    for (size_t i = 0, start = 0; i < found; start = ends[i++]) {
        uint64_t name = chunk_name(edited.bytes + start, ends[i] - start);
        if (!bsearch(&name, names, count, sizeof name, compare)) fresh += ends[i] - start;
    }
    free(names);
    return fresh;
}

static void quality(const size_t *ends, size_t count, unsigned k) {
    double sum = 0, squares = 0;
    size_t largest = 0;
    for (size_t i = 0, start = 0; i < count; start = ends[i++]) {
        double length = (double)(ends[i] - start);
        sum += length;
        squares += length * length;
        largest += ends[i] - start == (size_t)4 << k;
    }
    double mean = sum / (double)count;
    printf(
        " | %6zu | %7.0f | %.3f | %3zu", count, mean,
        sqrt(squares / (double)count - mean * mean) / mean, largest);
}

int main(int argc, char **argv) {
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 64) << 20;
    unsigned k = argc > 2 ? (unsigned)atoi(argv[2]) : 16;
    unsigned nc = argc > 3 ? (unsigned)atoi(argv[3]) : 2;
    if (size == 0 || k < 12 || k > 22 || nc > 3) return 2;
    const char *const kinds[] = {"random", "csv", "json", "columns"};
    const char *const edits[] = {"append", "scattered", "insert", "delete"};
    gear64_prepare();
    size_t capacity = (size + (8 << 20)) / ((size_t)1 << (k - 2)) + 2;
    size_t *ends = malloc(capacity * sizeof *ends), *expected = malloc(capacity * sizeof *ends);

    printf("%zu MiB, average 2^%u, normalisation %u\n\n", size >> 20, k, nc);
    printf("| data | hash | chunks | mean | sd/mean | max cuts | new KiB: append | scattered | insert ");
    printf("| delete | GB/s: scalar | portable | AVX2 | AVX-512 |\n");
    printf("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (int kind = 0; kind < 4; kind++) {
        buffer data = make_data(kinds[kind], size, 20240501);
        for (int hash = 0; hash < 3; hash++) {
            const candidate *c = &candidates[hash];
            size_t count = c->runs[0](k, nc, data.bytes, data.count, expected, capacity);
            printf("| %s | %s", kinds[kind], c->name);
            quality(expected, count, k);
            for (int edit = 0; edit < 4; edit++) {
                size_t sum = 0;
                for (uint64_t seed = 1; seed <= 3; seed++) {
                    buffer edited = make_edit(edits[edit], data, seed);
                    sum += fresh_bytes(c->runs[0], k, nc, data, edited, ends, capacity);
                    free(edited.bytes);
                }
                printf(" | %zu", sum / 3 >> 10);
            }
            for (int i = 0; i < 4; i++) {
                bool can = c->runs[i] && (i < 2 || pins_gear_can_run((pins_gear_kernel)i));
                if (can)
                    printf(
                        " | %.2f",
                        speed(c->runs[i], k, nc, data, expected, count, ends, capacity));
                else printf(" | –");
            }
            printf(" |\n");
            fflush(stdout);
        }
        free(data.bytes);
    }
    return 0;
}

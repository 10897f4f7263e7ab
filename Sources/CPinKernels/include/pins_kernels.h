#ifndef PINS_KERNELS_H
#define PINS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: CRC-32C

/// CRC-32C (Castagnoli) of `count` bytes, continuing from `crc` (0 to begin). FORMAT.md §2.4.
uint32_t pins_crc32c(uint32_t crc, const uint8_t *bytes, size_t count);

/// The same, bit by bit: the definition that the fast one is tested against.
uint32_t pins_crc32c_definition(uint32_t crc, const uint8_t *bytes, size_t count);

// MARK: The Gear chunker, FORMAT.md §4

/// The parameters of the chunker; the caller checks their ranges.
typedef struct {
    /// The average is `1 << average_exponent` bytes: 12…22.
    uint32_t average_exponent;
    /// How many bits the two masks differ from the average's: 0…3.
    uint32_t normalization;
} pins_gear_parameters;

/// A way to compute the cuts; all give the same ones.
typedef enum {
    /// Byte by byte, straight from FORMAT.md: the definition.
    PINS_GEAR_DEFINITION = 0,
    /// Eight lanes in portable C.
    PINS_GEAR_PORTABLE = 1,
    /// Eight lanes compiled for AVX2.
    PINS_GEAR_AVX2 = 2,
    /// Sixteen lanes compiled for AVX-512 (F, BW, DQ, VL).
    PINS_GEAR_AVX512 = 3,
} pins_gear_kernel;

/// The fastest kernel of this machine.
pins_gear_kernel pins_gear_best_kernel(void);

/// Whether this machine can run `kernel`.
bool pins_gear_can_run(pins_gear_kernel kernel);

/// G, 256 words.
const uint32_t *pins_gear_table(void);

/// Where samples of sketches (FORMAT.md §6.4) may be, noted while cutting, so that nothing is
/// looked at twice. Offsets count from the first byte that is cut.
typedef struct {
    /// Groups of 32 bytes that hold samples, ascending.
    uint32_t *groups;
    size_t group_count, group_capacity;
    /// Which bytes were looked at: a beginning and an end by turns, ascending.
    uint32_t *seen;
    size_t seen_count, seen_capacity;
} pins_gear_samples;

/// Writes the end offsets of the chunks that `bytes` (which begins at a chunk start) determines,
/// at most `capacity`, ascending.
///
/// With `is_final` the bytes are the last ones, so the last end is `count`.
/// Returns how many ends were written; fewer than `capacity` means that nothing more is determined.
/// Where `capacity` was reached, call again from the last end.
/// `samples`, where it is not NULL, begins empty and takes what its capacities allow.
size_t pins_gear_ends(
    pins_gear_kernel kernel, pins_gear_parameters parameters, const uint8_t *bytes, size_t count,
    bool is_final, size_t *ends, size_t capacity, pins_gear_samples *samples);

// MARK: SHA-256 of many messages

/// A way to digest many messages at a time; all give the digests of FIPS 180-4.
typedef enum {
    /// None: this processor offers nothing better than a library's one message at a time.
    PINS_SHA256_NONE = 0,
    /// Four streams of the SHA instructions of x86-64; where few messages are left, two and one.
    PINS_SHA256_NI = 1,
    /// Eight lanes of AVX2.
    PINS_SHA256_AVX2 = 2,
    /// Sixteen lanes of AVX-512 (F, BW); where few are left and the SHA instructions are there, two
    /// streams of them.
    PINS_SHA256_AVX512 = 3,
} pins_sha256_kernel;

/// The fastest kernel of this machine, by what the processor says of itself: always the same.
pins_sha256_kernel pins_sha256_best_kernel(void);

/// Whether this machine can run `kernel`; `PINS_SHA256_NONE` never runs.
bool pins_sha256_can_run(pins_sha256_kernel kernel);

/// Digests `count` messages that follow each other in `bytes`: message `i` ends before offset
/// `ends[i]` and begins where the one before it ends, the first at 0; they may be empty.
///
/// Writes four words a message to `digests`, each the number whose big-endian bytes are the
/// digest's.
void pins_sha256_many(
    pins_sha256_kernel kernel, const uint8_t *bytes, const size_t *ends, size_t count,
    uint64_t *digests);

// MARK: SHA-256 of a file and of its chunks, side by side

/// The digest of a file that was begun.
typedef struct {
    uint32_t words[8];
    /// Bytes so far.
    uint64_t count;
    /// The last of them, as far as they fill no block.
    uint8_t rest[64];
} pins_sha256_file;

/// Whether this machine can: it has the SHA instructions of x86-64.
bool pins_sha256_file_can_run(void);

/// Begins a file.
void pins_sha256_file_begin(pins_sha256_file *file);

/// Adds chunks to the file and digests each of them: chunk `i` ends before offset `ends[i]` of
/// `bytes` and begins where the one before it ends, the first at 0; they may be empty.
///
/// Writes four words a chunk to `digests`, as `pins_sha256_many` does.
void pins_sha256_file_update(
    pins_sha256_file *file, const uint8_t *bytes, const size_t *ends, size_t count,
    uint64_t *digests);

/// Writes the four words of the file's digest, and begins another file.
void pins_sha256_file_end(pins_sha256_file *file, uint64_t digest[4]);

// MARK: Sketches, FORMAT.md §6.4

/// The three features of a chunk; `false` if it has too few samples for any. Every kernel gives
/// the same ones, whatever was noted.
///
/// `noted` is NULL, or what cutting has noted; then the chunk begins at `start` of what was cut.
bool pins_sketch_features(
    pins_gear_kernel kernel, const uint8_t *bytes, size_t count, const pins_gear_samples *noted,
    size_t start, uint64_t features[3]);

// MARK: Repetition

/// How many samples of `bytes` have occurred before in it; `samples` is set to how many there are.
/// A sample is the eight bytes at each occurrence of one byte value: one in 256 positions of random
/// bytes. Only some of the samples before are remembered, so that a few repetitions are missed.
size_t pins_repeated_samples(const uint8_t *bytes, size_t count, size_t *samples);

// MARK: Filters of index segments

/// A Bloom filter for each bucket of an index segment (FORMAT.md §7.4): five bits of a digest,
/// chosen by its second eight bytes. Tasks share it without a lock. It has no memory before it was
/// asked so often that it pays, and a bucket that was not filled may have anything.
typedef struct pins_filter pins_filter;

enum { PINS_FILTER_WORDS_MAX = 64 };

/// `lookups_before` of a filter that shall never have memory.
#define PINS_FILTER_NEVER SIZE_MAX

/// A filter of `1 << bucket_bits` buckets, 0…32, of 1…`PINS_FILTER_WORDS_MAX` words of 64 bits;
/// `NULL` where there is no memory.
pins_filter *pins_filter_make(
    uint32_t bucket_bits, size_t words_per_bucket, size_t lookups_before);

/// Frees a filter, or does nothing with `NULL`.
void pins_filter_free(pins_filter *filter);

/// Notes the digests of a bucket: those at the beginning of each `stride` bytes of `entries`.
void pins_filter_fill(
    pins_filter *filter, size_t bucket, const uint8_t *entries, size_t count, size_t stride);

/// Which of at most 64 filters may have a digest, a bit for each: `first` and `second` are the
/// digest's first sixteen bytes as two big-endian numbers.
uint64_t pins_filter_probe(
    pins_filter *const *filters, size_t count, uint64_t first, uint64_t second);

// MARK: Parity, FORMAT.md §7.10

/// The product of two elements of GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1: the definition.
uint8_t pins_field_multiply(uint8_t one, uint8_t other);

/// A way to multiply many elements; all give the same products.
typedef enum {
    /// Bit by bit, straight from FORMAT.md: the definition.
    PINS_PARITY_DEFINITION = 0,
    /// Tables of sixteen products, in portable C.
    PINS_PARITY_PORTABLE = 1,
    /// The same tables in registers of SSSE3, sixteen bytes at a time.
    PINS_PARITY_SSSE3 = 2,
    /// Likewise of AVX2, thirty-two bytes at a time.
    PINS_PARITY_AVX2 = 3,
} pins_parity_kernel;

/// The fastest kernel of this machine.
pins_parity_kernel pins_parity_best_kernel(void);

/// Whether this machine can run `kernel`.
bool pins_parity_can_run(pins_parity_kernel kernel);

/// Adds multiples of `count` bytes to `rows` rows of as many: row `r`, at `out + r * stride`, gets
/// `factors[r]` times `in`. Rows overlap neither each other nor `in`; nothing has to be aligned.
void pins_parity_add(
    pins_parity_kernel kernel, const uint8_t *in, size_t count, uint8_t *out, size_t stride,
    const uint8_t *factors, size_t rows);

// MARK: Byte transposition, FORMAT.md §6.3

/// Byte `j` of every element of `width` (2, 4 or 8) bytes goes to plane `j`; planes follow each
/// other; the `count % width` last bytes follow the planes unchanged. `in` and `out` must not
/// overlap.
void pins_shuffle(const uint8_t *in, uint8_t *out, size_t count, size_t width);

/// The inverse of `pins_shuffle`.
void pins_unshuffle(const uint8_t *in, uint8_t *out, size_t count, size_t width);

#endif

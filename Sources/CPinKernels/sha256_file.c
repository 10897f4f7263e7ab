#include "sha256_kernels.h"

#include <string.h>

// The digest of a file is one long chain, that of a chunk another: run side by side they fill the
// SHA unit, of which one chain leaves half idle. Both are as long as each other but for the padding
// of the chunks.

#if PINS_SHA256_HAS_KERNELS

// FIPS 180-4 §5.3.3.
static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// Blocks that follow each other.
typedef struct {
    const uint8_t *bytes;
    size_t blocks;
} run_of_blocks;

// Writes the end of a message after its last `rest` bytes, which stand in `tail` already: a one,
// zeros and the length in bits. Returns how many blocks it has.
static size_t pad(uint8_t tail[2 * PINS_SHA256_BLOCK], size_t rest, uint64_t count) {
    size_t blocks = rest < PINS_SHA256_BLOCK - 8 ? 1 : 2, end = blocks * PINS_SHA256_BLOCK;
    uint64_t bits = __builtin_bswap64(count * 8);
    memset(tail + rest, 0, end - rest);
    tail[rest] = 0x80;
    memcpy(tail + end - sizeof bits, &bits, sizeof bits);
    return blocks;
}

static void put_digest(const uint32_t words[8], uint64_t digest[4]) {
    for (int w = 0; w < 4; w++) digest[w] = (uint64_t)words[2 * w] << 32 | words[2 * w + 1];
}

// Adds `blocks` blocks of one chain alone, or of both side by side.
static void run_one(uint32_t words[8], run_of_blocks *run, size_t blocks) {
    pins_sha256_state state;
    for (int w = 0; w < 8; w++) state.words[w][0] = words[w];
    pins_sha256_run_ni(&state, &run->bytes, blocks);
    for (int w = 0; w < 8; w++) words[w] = state.words[w][0];
    run->bytes += blocks * PINS_SHA256_BLOCK;
    run->blocks -= blocks;
}

static void run_both(
    uint32_t file[8], run_of_blocks *ahead, uint32_t chunk[8], run_of_blocks *beside) {
    size_t blocks = ahead->blocks < beside->blocks ? ahead->blocks : beside->blocks;
    const uint8_t *bytes[2] = {ahead->bytes, beside->bytes};
    pins_sha256_state state;
    for (int w = 0; w < 8; w++) {
        state.words[w][0] = file[w];
        state.words[w][1] = chunk[w];
    }
    pins_sha256_run_ni_2(&state, bytes, blocks);
    for (int w = 0; w < 8; w++) {
        file[w] = state.words[w][0];
        chunk[w] = state.words[w][1];
    }
    ahead->bytes += blocks * PINS_SHA256_BLOCK;
    ahead->blocks -= blocks;
    beside->bytes += blocks * PINS_SHA256_BLOCK;
    beside->blocks -= blocks;
}

bool pins_sha256_file_can_run(void) { return pins_sha256_can_run(PINS_SHA256_NI); }

void pins_sha256_file_begin(pins_sha256_file *file) {
    memcpy(file->words, initial, sizeof initial);
    file->count = 0;
}

void pins_sha256_file_update(
    pins_sha256_file *file, const uint8_t *bytes, const size_t *ends, size_t count,
    uint64_t *digests) {
    size_t total = count == 0 ? 0 : ends[count - 1], rest = file->count % PINS_SHA256_BLOCK;
    // The chain of the file: a block that was begun before, then those in `bytes`.
    size_t taken = rest == 0 ? 0 : PINS_SHA256_BLOCK - rest;
    if (taken > total) taken = total;
    if (taken > 0) memcpy(file->rest + rest, bytes, taken);
    file->count += total;
    run_of_blocks ahead = {file->rest, (rest + taken) / PINS_SHA256_BLOCK};
    run_of_blocks then = {bytes + taken, (total - taken) / PINS_SHA256_BLOCK};
    for (size_t i = 0, start = 0; i < count; start = ends[i++]) {
        uint32_t words[8];
        uint8_t tail[2 * PINS_SHA256_BLOCK];
        memcpy(words, initial, sizeof initial);
        size_t length = ends[i] - start, last = length % PINS_SHA256_BLOCK;
        run_of_blocks beside = {bytes + start, length / PINS_SHA256_BLOCK};
        memcpy(tail, bytes + ends[i] - last, last);
        run_of_blocks end = {tail, pad(tail, last, length)};
        while (beside.blocks > 0 || end.blocks > 0) {
            if (beside.blocks == 0) {
                beside = end;
                end.blocks = 0;
            }
            if (ahead.blocks == 0) {
                ahead = then;
                then.blocks = 0;
            }
            if (ahead.blocks == 0) run_one(words, &beside, beside.blocks);
            else run_both(file->words, &ahead, words, &beside);
        }
        put_digest(words, digests + 4 * i);
    }
    if (ahead.blocks > 0) run_one(file->words, &ahead, ahead.blocks);
    if (then.blocks > 0) run_one(file->words, &then, then.blocks);
    // What fills no block waits for the next bytes, or stands in `rest` already.
    size_t left = file->count % PINS_SHA256_BLOCK;
    if (left > 0 && left <= total - taken) memcpy(file->rest, bytes + total - left, left);
}

void pins_sha256_file_end(pins_sha256_file *file, uint64_t digest[4]) {
    uint8_t tail[2 * PINS_SHA256_BLOCK];
    size_t rest = file->count % PINS_SHA256_BLOCK;
    memcpy(tail, file->rest, rest);
    run_of_blocks end = {tail, pad(tail, rest, file->count)};
    run_one(file->words, &end, end.blocks);
    put_digest(file->words, digest);
    pins_sha256_file_begin(file);
}

#else

bool pins_sha256_file_can_run(void) { return false; }

// No caller gets here: `pins_sha256_file_can_run` is false.
void pins_sha256_file_begin(pins_sha256_file *file) { (void)file; }

void pins_sha256_file_update(
    pins_sha256_file *file, const uint8_t *bytes, const size_t *ends, size_t count,
    uint64_t *digests) {
    (void)file, (void)bytes, (void)ends, (void)count, (void)digests;
    __builtin_trap();
}

void pins_sha256_file_end(pins_sha256_file *file, uint64_t digest[4]) {
    (void)file, (void)digest;
    __builtin_trap();
}

#endif

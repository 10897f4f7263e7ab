#include "sha256_kernels.h"

#include <string.h>

// Messages go to slots. The first slots run, one lane or stream of the kernel each; the others
// wait. All that run advance together, by as many blocks as the shortest of them has left; where
// one ends, the longest that waits takes its slot, so that few lanes are idle at the end.

const uint32_t pins_sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#if PINS_SHA256_HAS_KERNELS

#include <cpuid.h>

// FIPS 180-4 §5.3.3.
static const uint32_t sha256_initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// A message that was begun.
typedef struct {
    // The next blocks: those of the message, then those of the tail.
    const uint8_t *bytes;
    size_t blocks;
    size_t message;
    // The last bytes of the message, a one, zeros and the length in bits: one block or two.
    size_t tail_blocks;
    uint8_t tail[2 * PINS_SHA256_BLOCK];
} sha256_slot;

typedef struct {
    const uint8_t *bytes;
    const size_t *ends;
    size_t count, next;
    uint64_t *digests;
    // What runs, how many slots it advances, and below how many it does not pay.
    pins_sha256_run *run;
    size_t width, least;
    // The slots in use come first; the first `width` of them run. The words of `order[i]` are
    // column `i` of the state.
    size_t used;
    sha256_slot *order[PINS_SHA256_SLOTS];
    pins_sha256_state state;
    sha256_slot slots[PINS_SHA256_SLOTS];
} sha256_schedule;

// MARK: Slots

// Goes on to the tail; false if the slot was in it already.
static bool sha256_enter_tail(sha256_slot *slot) {
    slot->bytes = slot->tail;
    slot->blocks = slot->tail_blocks;
    slot->tail_blocks = 0;
    return slot->blocks > 0;
}

// Begins the next message in the first slot that is not in use.
static void sha256_begin(sha256_schedule *s) {
    size_t start = s->next == 0 ? 0 : s->ends[s->next - 1];
    size_t count = s->ends[s->next] - start, rest = count % PINS_SHA256_BLOCK;
    sha256_slot *slot = s->order[s->used];
    slot->message = s->next;
    slot->bytes = s->bytes + start;
    slot->blocks = count / PINS_SHA256_BLOCK;
    slot->tail_blocks = rest < PINS_SHA256_BLOCK - 8 ? 1 : 2;
    size_t tail = slot->tail_blocks * PINS_SHA256_BLOCK;
    uint64_t bits = __builtin_bswap64((uint64_t)count * 8);
    memset(slot->tail, 0, tail);
    memcpy(slot->tail, slot->bytes + (count - rest), rest);
    slot->tail[rest] = 0x80;
    memcpy(slot->tail + tail - sizeof bits, &bits, sizeof bits);
    if (slot->blocks == 0) sha256_enter_tail(slot);
    for (size_t w = 0; w < 8; w++) s->state.words[w][s->used] = sha256_initial[w];
    s->next++;
    s->used++;
}

static void sha256_refill(sha256_schedule *s) {
    while (s->used < PINS_SHA256_SLOTS && s->next < s->count) sha256_begin(s);
}

static void sha256_exchange(sha256_schedule *s, size_t i, size_t j) {
    sha256_slot *slot = s->order[i];
    s->order[i] = s->order[j];
    s->order[j] = slot;
    for (size_t w = 0; w < 8; w++) {
        uint32_t word = s->state.words[w][i];
        s->state.words[w][i] = s->state.words[w][j];
        s->state.words[w][j] = word;
    }
}

// Puts the longest of the slots from `i` on at `i`.
static void sha256_prefer_longest(sha256_schedule *s, size_t i) {
    size_t longest = i;
    for (size_t j = i + 1; j < s->used; j++) {
        if (s->order[j]->blocks > s->order[longest]->blocks) longest = j;
    }
    if (longest != i) sha256_exchange(s, i, longest);
}

// Writes the digest of a slot that runs, and gives its place to the longest message that waits.
static void sha256_end(sha256_schedule *s, size_t i) {
    uint64_t *digest = s->digests + 4 * s->order[i]->message;
    for (size_t w = 0; w < 4; w++) {
        digest[w] = (uint64_t)s->state.words[2 * w][i] << 32 | s->state.words[2 * w + 1][i];
    }
    if (s->used > s->width) {
        sha256_prefer_longest(s, s->width);
        sha256_exchange(s, i, s->width);
        i = s->width;
    }
    s->used--;
    if (i != s->used) sha256_exchange(s, i, s->used);
    sha256_refill(s);
}

// MARK: Time

// Lets the slots that run advance until at least one of them has ended a part.
static void sha256_advance(sha256_schedule *s) {
    size_t running = s->used < s->width ? s->used : s->width;
    size_t blocks = s->order[0]->blocks;
    const uint8_t *bytes[PINS_SHA256_SLOTS];
    for (size_t i = 0; i < s->width; i++) {
        // A lane without a message repeats the first; nobody looks at what it finds.
        const sha256_slot *slot = s->order[i < running ? i : 0];
        bytes[i] = slot->bytes;
        if (slot->blocks < blocks) blocks = slot->blocks;
    }
    s->run(&s->state, bytes, blocks);
    // Downwards: what takes the place of a message that ended has waited or was advanced already.
    for (size_t i = running; i-- > 0;) {
        sha256_slot *slot = s->order[i];
        slot->bytes += blocks * PINS_SHA256_BLOCK;
        slot->blocks -= blocks;
        if (slot->blocks == 0 && !sha256_enter_tail(slot)) sha256_end(s, i);
    }
}

// Changes to two streams of SHA-NI, and then to one, where the messages left are too few for more.
static void sha256_narrow(sha256_schedule *s) {
    while (s->used < s->least) {
        bool single = s->used < 2;
        s->run = single ? pins_sha256_run_ni : pins_sha256_run_ni_2;
        s->width = single ? 1 : 2;
        s->least = s->width;
        for (size_t i = 0; i < s->width; i++) sha256_prefer_longest(s, i);
    }
}

// MARK: Dispatch

enum { SHA256_UNKNOWN, SHA256_ABSENT, SHA256_PRESENT };

// `cpuid` traps in a virtual machine: it is asked once. Two threads may both ask.
static bool sha256_has_instructions(void) {
    static int known = SHA256_UNKNOWN;
    int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (answer == SHA256_UNKNOWN) {
        unsigned a, b, c, d;
        bool found = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA)
            && __builtin_cpu_supports("sse4.1");
        answer = found ? SHA256_PRESENT : SHA256_ABSENT;
        __atomic_store_n(&known, answer, __ATOMIC_RELAXED);
    }
    return answer == SHA256_PRESENT;
}

// AMD family 19h computes 512 bits in two halves: sixteen lanes are slower than four streams.
static bool sha256_has_half_vectors(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(0, &a, &b, &c, &d) || b != signature_AMD_ebx) return false;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return false;
    return (a >> 8 & 0xF) + (a >> 20 & 0xFF) == 0x19;
}

bool pins_sha256_can_run(pins_sha256_kernel kernel) {
    switch (kernel) {
    case PINS_SHA256_NI: return sha256_has_instructions();
    case PINS_SHA256_AVX2: return __builtin_cpu_supports("avx2");
    case PINS_SHA256_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    default: return false;
    }
}

pins_sha256_kernel pins_sha256_best_kernel(void) {
#ifndef __OPTIMIZE__
    // In a debug build every intrinsic is a call that goes through memory: a fifth of libcrypto's
    // speed.
    return PINS_SHA256_NONE;
#endif
    bool ni = pins_sha256_can_run(PINS_SHA256_NI);
    if (ni && sha256_has_half_vectors()) return PINS_SHA256_NI;
    if (pins_sha256_can_run(PINS_SHA256_AVX512)) return PINS_SHA256_AVX512;
    if (ni) return PINS_SHA256_NI;
    if (pins_sha256_can_run(PINS_SHA256_AVX2)) return PINS_SHA256_AVX2;
    return PINS_SHA256_NONE;
}

void pins_sha256_many(
    pins_sha256_kernel kernel, const uint8_t *bytes, const size_t *ends, size_t count,
    uint64_t *digests) {
    sha256_schedule s;
    s.bytes = bytes;
    s.ends = ends;
    s.count = count;
    s.next = 0;
    s.digests = digests;
    s.used = 0;
    s.least = 0;
    for (size_t i = 0; i < PINS_SHA256_SLOTS; i++) s.order[i] = &s.slots[i];
    switch (kernel) {
    case PINS_SHA256_NI:
        s.run = pins_sha256_run_ni_4;
        s.width = s.least = 4;
        break;
    case PINS_SHA256_AVX2:
        s.run = pins_sha256_run_avx2;
        s.width = 8;
        break;
    default:
        s.run = pins_sha256_run_avx512;
        s.width = 16;
        // A step of sixteen lanes takes as long as ten blocks by two streams (ADR-0005).
        if (sha256_has_instructions()) s.least = 11;
        break;
    }
    sha256_refill(&s);
    while (s.used > 0) {
        sha256_narrow(&s);
        sha256_advance(&s);
    }
}

#else

bool pins_sha256_can_run(pins_sha256_kernel kernel) {
    (void)kernel;
    return false;
}

pins_sha256_kernel pins_sha256_best_kernel(void) { return PINS_SHA256_NONE; }

void pins_sha256_many(
    pins_sha256_kernel kernel, const uint8_t *bytes, const size_t *ends, size_t count,
    uint64_t *digests) {
    (void)kernel, (void)bytes, (void)ends, (void)count, (void)digests;
    // No caller gets here: `pins_sha256_can_run` is false for every kernel.
    __builtin_trap();
}

#endif

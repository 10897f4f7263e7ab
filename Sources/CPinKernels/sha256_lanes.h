// The body of sha256_wide.c, included once for each number of lanes.

#define ROTATED(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define SUM0(x) (ROTATED(x, 2) ^ ROTATED(x, 13) ^ ROTATED(x, 22))
#define SUM1(x) (ROTATED(x, 6) ^ ROTATED(x, 11) ^ ROTATED(x, 25))
#define SIGMA0(x) (ROTATED(x, 7) ^ ROTATED(x, 18) ^ (x) >> 3)
#define SIGMA1(x) (ROTATED(x, 17) ^ ROTATED(x, 19) ^ (x) >> 10)
#define CHOICE(x, y, z) (((x) & (y)) ^ (~(x) & (z)))
#define MAJORITY(x, y, z) (((x) & (y)) ^ ((x) & (z)) ^ ((y) & (z)))

// Bytes of the message are big-endian words.
#define SWAPPED(x) \
    ((ROTATED(x, 8) & 0xFF00FF00u) | (ROTATED(x, 24) & 0x00FF00FFu))

// The words of the schedule sixteen rounds on, FIPS 180-4 §6.2.2.
#define EXPAND(t) \
    (w[(t) & 15] += SIGMA1(w[((t) + 14) & 15]) + w[((t) + 9) & 15] + SIGMA0(w[((t) + 1) & 15]))

// The variables change their roles instead of their places: eight rounds give them back.
#define ROUND(a, b, c, d, e, f, g, h, t) \
    do { \
        VECTOR sum = h + SUM1(e) + CHOICE(e, f, g) + (w[(t) & 15] + constants[t]); \
        d += sum; \
        h = sum + SUM0(a) + MAJORITY(a, b, c); \
    } while (0)

INLINE void BODY(pins_sha256_state *state, const uint8_t *const *bytes, size_t blocks) {
    VECTOR s[8], w[16];
    for (int i = 0; i < 8; i++) __builtin_memcpy(&s[i], state->words[i], sizeof(VECTOR));
    for (size_t offset = 0; offset < blocks * PINS_SHA256_BLOCK; offset += PINS_SHA256_BLOCK) {
        // Four words of four lanes in each quarter of a vector: transposed in place.
        UNROLL for (int i = 0; i < 16; i += 4) {
            size_t at = offset + 4 * (size_t)i;
            VECTOR r0 = LOAD(bytes, at, 0), r1 = LOAD(bytes, at, 1);
            VECTOR r2 = LOAD(bytes, at, 2), r3 = LOAD(bytes, at, 3);
            VECTOR a0 = LOW32(r0, r1), a1 = HIGH32(r0, r1);
            VECTOR a2 = LOW32(r2, r3), a3 = HIGH32(r2, r3);
            w[i] = SWAPPED(LOW64(a0, a2));
            w[i + 1] = SWAPPED(HIGH64(a0, a2));
            w[i + 2] = SWAPPED(LOW64(a1, a3));
            w[i + 3] = SWAPPED(HIGH64(a1, a3));
        }
        // Hidden from the compiler, which would make vectors of all 64 before the loop.
        const uint32_t *constants = pins_sha256_constants;
        __asm__ volatile("" : "+r"(constants));
        VECTOR a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
        UNROLL for (int t = 0; t < 64; t += 8) {
            if (t >= 16) {
                UNROLL for (int i = t; i < t + 8; i++) EXPAND(i);
            }
            ROUND(a, b, c, d, e, f, g, h, t);
            ROUND(h, a, b, c, d, e, f, g, t + 1);
            ROUND(g, h, a, b, c, d, e, f, t + 2);
            ROUND(f, g, h, a, b, c, d, e, t + 3);
            ROUND(e, f, g, h, a, b, c, d, t + 4);
            ROUND(d, e, f, g, h, a, b, c, t + 5);
            ROUND(c, d, e, f, g, h, a, b, t + 6);
            ROUND(b, c, d, e, f, g, h, a, t + 7);
        }
        VECTOR sums[8] = {a, b, c, d, e, f, g, h};
        UNROLL for (int i = 0; i < 8; i++) s[i] += sums[i];
    }
    for (int i = 0; i < 8; i++) __builtin_memcpy(state->words[i], &s[i], sizeof(VECTOR));
}

#undef ROTATED
#undef SUM0
#undef SUM1
#undef SIGMA0
#undef SIGMA1
#undef CHOICE
#undef MAJORITY
#undef SWAPPED
#undef EXPAND
#undef ROUND

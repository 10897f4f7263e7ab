// The body of gear_lanes.c, included once for each number of lanes.

// Byte `i` of the group of every lane: G by the rule, the step of the hash, the difference from the
// hash of 32 bytes before, and the highest difference so far.
#define STEP(i, bytes) \
    do { \
        VECTOR x = (bytes)*PINS_GEAR_MULTIPLIER_1; \
        x ^= x >> PINS_GEAR_SHIFT; \
        hash = hash + hash + x * PINS_GEAR_MULTIPLIER_2; \
        highest = __builtin_elementwise_max(highest, hash - past[i]); \
        past[i] = hash; \
    } while (0)

// Four bytes of every lane.
#define STEPS(i, words) \
    do { \
        VECTOR w = (words); \
        STEP(i, w & 0xFFu); \
        STEP(i + 1, (w >> 8) & 0xFFu); \
        STEP(i + 2, (w >> 16) & 0xFFu); \
        STEP(i + 3, w >> 24); \
    } while (0)

INLINE void BODY(const uint8_t *bytes, size_t groups, uint32_t threshold, gear_bits *bits) {
    size_t stride = groups * PINS_GEAR_GROUP;
    VECTOR hash = {0}, reached = {0}, sampled = {0}, past[PINS_GEAR_GROUP];
    for (int i = 0; i < PINS_GEAR_GROUP; i++) past[i] = (VECTOR){0};
    // Groups -2 and -1 warm up; their bits are shifted out below.
    bytes -= PINS_GEAR_WINDOW;
    for (size_t group = 0; group < groups + 2; group++, bytes += PINS_GEAR_GROUP) {
        VECTOR highest = {0};
        VECTOR r0 = LOAD(bytes, stride, 0), r1 = LOAD(bytes, stride, 1);
        VECTOR r2 = LOAD(bytes, stride, 2), r3 = LOAD(bytes, stride, 3);
        VECTOR r4 = LOAD(bytes, stride, 4), r5 = LOAD(bytes, stride, 5);
        VECTOR r6 = LOAD(bytes, stride, 6), r7 = LOAD(bytes, stride, 7);
        // Eight rows of eight words become eight columns: word j of every lane.
        VECTOR a0 = LOW32(r0, r1), a1 = HIGH32(r0, r1), a2 = LOW32(r2, r3), a3 = HIGH32(r2, r3);
        VECTOR a4 = LOW32(r4, r5), a5 = HIGH32(r4, r5), a6 = LOW32(r6, r7), a7 = HIGH32(r6, r7);
        VECTOR b0 = LOW64(a0, a2), b1 = HIGH64(a0, a2), b2 = LOW64(a1, a3), b3 = HIGH64(a1, a3);
        VECTOR b4 = LOW64(a4, a6), b5 = HIGH64(a4, a6), b6 = LOW64(a5, a7), b7 = HIGH64(a5, a7);
        STEPS(0, LOW128(b0, b4));
        STEPS(4, LOW128(b1, b5));
        STEPS(8, LOW128(b2, b6));
        STEPS(12, LOW128(b3, b7));
        STEPS(16, HIGH128(b0, b4));
        STEPS(20, HIGH128(b1, b5));
        STEPS(24, HIGH128(b2, b6));
        STEPS(28, HIGH128(b3, b7));
        reached = (reached >> 1) | ((VECTOR)(highest >= threshold) & 0x80000000u);
        sampled = (sampled >> 1) | ((VECTOR)(highest >= PINS_GEAR_SAMPLE) & 0x80000000u);
    }
    // Group `groups - 1` is in bit 31.
    for (size_t lane = 0; lane < LANES; lane++) {
        bits->reached[lane] = reached[lane] >> (32 - groups);
        bits->sampled[lane] = sampled[lane] >> (32 - groups);
    }
}

#undef STEP
#undef STEPS

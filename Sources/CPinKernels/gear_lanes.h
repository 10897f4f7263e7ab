// The body of gear_lanes.c, included once for each number of lanes.

// One byte of every lane: G by the rule, then the step of the hash, and the highest hash so far.
#define STEP(bytes) \
    do { \
        VECTOR x = (bytes)*PINS_GEAR_MULTIPLIER_1; \
        x ^= x >> PINS_GEAR_SHIFT; \
        hash = hash + hash + x * PINS_GEAR_MULTIPLIER_2; \
        highest = __builtin_elementwise_max(highest, hash); \
    } while (0)

// Four bytes of every lane.
#define STEPS(words) \
    do { \
        VECTOR w = (words); \
        STEP(w & 0xFFu); \
        STEP((w >> 8) & 0xFFu); \
        STEP((w >> 16) & 0xFFu); \
        STEP(w >> 24); \
    } while (0)

INLINE void BODY(const uint8_t *bytes, size_t groups, uint32_t threshold, uint32_t *bits) {
    size_t stride = groups * PINS_GEAR_GROUP;
    VECTOR hash = {0}, marks = {0};
    // Group -1 warms up; its mark is shifted out below.
    bytes -= PINS_GEAR_GROUP;
    for (size_t group = 0; group <= groups; group++, bytes += PINS_GEAR_GROUP) {
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
        STEPS(LOW128(b0, b4));
        STEPS(LOW128(b1, b5));
        STEPS(LOW128(b2, b6));
        STEPS(LOW128(b3, b7));
        STEPS(HIGH128(b0, b4));
        STEPS(HIGH128(b1, b5));
        STEPS(HIGH128(b2, b6));
        STEPS(HIGH128(b3, b7));
        VECTOR reached = (VECTOR)(highest >= threshold);
        marks = (marks >> 1) | (reached & 0x80000000u);
    }
    // Group `groups - 1` is in bit 31.
    for (size_t lane = 0; lane < LANES; lane++) bits[lane] = marks[lane] >> (32 - groups);
}

#undef STEP
#undef STEPS

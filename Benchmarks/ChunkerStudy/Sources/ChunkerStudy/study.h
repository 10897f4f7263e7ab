#ifndef STUDY_H
#define STUDY_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void gear64_prepare(void);
size_t gear64_scalar(
    unsigned k, unsigned nc, const uint8_t *bytes, size_t count, size_t *ends, size_t capacity);
size_t gear64_lanes(
    unsigned k, unsigned nc, const uint8_t *bytes, size_t count, size_t *ends, size_t capacity);
size_t plain32_scalar(
    unsigned k, unsigned nc, const uint8_t *bytes, size_t count, size_t *ends, size_t capacity);

typedef struct { uint8_t *bytes; size_t count; } buffer;

/// SplitMix64.
uint64_t next_random(uint64_t *state);
/// "random", "csv", "json" or "columns": `count` bytes, the same ones for the same seed.
buffer make_data(const char *kind, size_t count, uint64_t seed);
/// "append", "scattered", "insert" or "delete", applied to a copy.
buffer make_edit(const char *kind, buffer old, uint64_t seed);

#endif

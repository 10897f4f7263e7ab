#include "study.h"

#include <stdio.h>

uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static const char *const words[] = {
    "north", "south", "east", "west", "alpha", "beta", "gamma", "delta", "red", "green", "blue"};

static int csv_row(char *out, size_t room, uint64_t row, uint64_t *state) {
    uint64_t r = next_random(state);
    return snprintf(
        out, room, "%llu,2024-%02u-%02u,%s,%u.%02u,%u,%s\n", (unsigned long long)row,
        (unsigned)(row / 86400 % 12 + 1), (unsigned)(row / 3600 % 28 + 1), words[r % 11],
        (unsigned)(r >> 8 & 1023), (unsigned)(r >> 20 & 63), (unsigned)(r >> 32 & 7),
        words[(r >> 40) % 11]);
}

static int json_row(char *out, size_t room, uint64_t row, uint64_t *state) {
    uint64_t r = next_random(state);
    return snprintf(
        out, room,
        "{\"id\": %llu, \"station\": \"%s-%s\", \"reading\": {\"value\": %u.%03u, \"unit\": \"mm\"}, "
        "\"flags\": [%s, null], \"note\": \"%016llx\"}\n",
        (unsigned long long)row, words[r % 11], words[(r >> 8) % 11], (unsigned)(r >> 16 & 255),
        (unsigned)(r >> 24 & 511), r >> 40 & 1 ? "true" : "false",
        (unsigned long long)next_random(state));
}

// Groups of 65,536 rows; in each a rising time, a category, a price on a grid and a sparse count.
static void columns(buffer data, uint64_t *state) {
    enum { rows = 65536, group = rows * (8 + 4 + 8 + 4) };
    uint64_t time = 1700000000000u;
    uint8_t *piece = malloc(group);
    for (size_t at = 0; at < data.count; at += group) {
        uint8_t *out = piece;
        for (int i = 0; i < rows; i++, out += 8) {
            time += next_random(state) & 1023;
            memcpy(out, &time, 8);
        }
        for (int i = 0; i < rows; i++, out += 4) {
            uint32_t category = next_random(state) % 11;
            memcpy(out, &category, 4);
        }
        for (int i = 0; i < rows; i++, out += 8) {
            double price = (double)(next_random(state) % 100000) / 100;
            memcpy(out, &price, 8);
        }
        for (int i = 0; i < rows; i++, out += 4) {
            uint64_t r = next_random(state);
            uint32_t count = r % 50 ? 0 : (uint32_t)(r >> 32) & 15;
            memcpy(out, &count, 4);
        }
        size_t rest = data.count - at;
        memcpy(data.bytes + at, piece, rest < group ? rest : group);
    }
    free(piece);
}

buffer make_data(const char *kind, size_t count, uint64_t seed) {
    buffer data = {malloc(count), count};
    uint64_t state = seed;
    if (!strcmp(kind, "random")) {
        for (size_t at = 0; at < count; at += 8) {
            uint64_t word = next_random(&state);
            memcpy(data.bytes + at, &word, 8);
        }
    } else if (!strcmp(kind, "columns")) {
        columns(data, &state);
    } else {
        char row[512];
        size_t at = 0;
        for (uint64_t number = 0; at < count; number++) {
            int length = !strcmp(kind, "csv") ? csv_row(row, sizeof row, number, &state)
                                              : json_row(row, sizeof row, number, &state);
            size_t rest = count - at, take = (size_t)length < rest ? (size_t)length : rest;
            memcpy(data.bytes + at, row, take);
            at += take;
        }
    }
    return data;
}

// Replaces `gone` bytes at `at` by `length` bytes of the data itself, from elsewhere.
static void splice(buffer *data, size_t at, size_t gone, size_t length, uint64_t *state) {
    uint8_t *fresh = malloc(length + 1);
    for (size_t i = 0; i < length; i++)
        fresh[i] = data->bytes[next_random(state) % data->count];
    if (length > gone) data->bytes = realloc(data->bytes, data->count - gone + length);
    memmove(data->bytes + at + length, data->bytes + at + gone, data->count - at - gone);
    memcpy(data->bytes + at, fresh, length);
    data->count += length - gone;
    free(fresh);
}

buffer make_edit(const char *kind, buffer old, uint64_t seed) {
    buffer data = {malloc(old.count), old.count};
    memcpy(data.bytes, old.bytes, old.count);
    uint64_t state = seed;
    if (!strcmp(kind, "append")) {
        splice(&data, data.count, 0, 1 << 20, &state);
    } else if (!strcmp(kind, "scattered")) {
        for (int i = 0; i < 100; i++)
            splice(&data, next_random(&state) % (data.count - 16), 16, 16, &state);
    } else if (!strcmp(kind, "insert")) {
        splice(&data, data.count / 2, 0, 64 << 10, &state);
        for (int i = 0; i < 20; i++) splice(&data, next_random(&state) % data.count, 0, 100, &state);
    } else {
        for (int i = 0; i < 20; i++)
            splice(&data, next_random(&state) % (data.count - 1000), 1000, 0, &state);
    }
    return data;
}

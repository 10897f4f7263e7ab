/* A test in C: a failed check says where, and ends the program. */

#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pins.h>

#define CHECK(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);  \
            exit(1);                                                                       \
        }                                                                                  \
    } while (0)

/** Checks the status of a call on a handle, and shows the message of another one. */
#define EXPECT(handle, status, call)                                                       \
    do {                                                                                   \
        int status_ = (call);                                                              \
        if (status_ != (int)(status)) {                                                    \
            fprintf(stderr, "%s:%d: %s is %d, not %d: %s\n", __FILE__, __LINE__, #call, status_, \
                    (int)(status), pins_message(handle));                                  \
            exit(1);                                                                       \
        }                                                                                  \
    } while (0)

/** Whether a document has a text in it. */
static inline int has(const char *json, const char *text) { return json && strstr(json, text); }

/** Bytes that look random and are the same in every run. */
static inline unsigned char *noise(size_t count, unsigned seed) {
    unsigned char *bytes = malloc(count ? count : 1);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (unsigned char)(seed >> 24);
    }
    return bytes;
}

#endif

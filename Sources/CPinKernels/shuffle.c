#include "include/pins_kernels.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

// With a constant width the compiler turns these loops into vector shuffles.
INLINE void shuffle_planes(const uint8_t *in, uint8_t *out, size_t elements, size_t width) {
    for (size_t i = 0; i < elements; i++)
        for (size_t j = 0; j < width; j++) out[j * elements + i] = in[i * width + j];
}

INLINE void unshuffle_planes(const uint8_t *in, uint8_t *out, size_t elements, size_t width) {
    for (size_t i = 0; i < elements; i++)
        for (size_t j = 0; j < width; j++) out[i * width + j] = in[j * elements + i];
}

void pins_shuffle(const uint8_t *in, uint8_t *out, size_t count, size_t width) {
    size_t elements = count / width, whole = elements * width;
    if (width == 2) shuffle_planes(in, out, elements, 2);
    else if (width == 4) shuffle_planes(in, out, elements, 4);
    else if (width == 8) shuffle_planes(in, out, elements, 8);
    else shuffle_planes(in, out, elements, width);
    if (whole < count) memcpy(out + whole, in + whole, count - whole);
}

void pins_unshuffle(const uint8_t *in, uint8_t *out, size_t count, size_t width) {
    size_t elements = count / width, whole = elements * width;
    if (width == 2) unshuffle_planes(in, out, elements, 2);
    else if (width == 4) unshuffle_planes(in, out, elements, 4);
    else if (width == 8) unshuffle_planes(in, out, elements, 8);
    else unshuffle_planes(in, out, elements, width);
    if (whole < count) memcpy(out + whole, in + whole, count - whole);
}

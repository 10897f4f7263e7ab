// Raw deflate and CRC-32; gzip's own header and trailer are written by us.
#include <stddef.h>
#include <zlib.h>

static inline int pins_deflate_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}

static inline unsigned long pins_crc32_combine(
    unsigned long first, unsigned long second, size_t second_length) {
    return crc32_combine(first, second, (z_off_t)second_length);
}

// Rejected: the 32-bit hash alone, of which the tested high bits remember 14 to 32 bytes.
// Only the byte-by-byte loop is kept.
#include "../../../../Sources/CPinKernels/gear_table.h"
#include "study.h"

#define WINDOW 32

size_t plain32_scalar(
    unsigned k, unsigned nc, const uint8_t *bytes, size_t count, size_t *ends, size_t capacity) {
    size_t minimum = (size_t)1 << (k - 2), average = (size_t)1 << k, maximum = (size_t)1 << (k + 2);
    uint32_t strict = ~(UINT32_MAX >> (k + nc)), loose = ~(UINT32_MAX >> (k - nc));
    size_t written = 0;
    for (size_t start = 0; start < count && written < capacity;) {
        const uint8_t *p = bytes + start;
        size_t rest = count - start, end = rest < maximum ? rest : maximum, length = end;
        uint32_t hash = 0;
        for (size_t i = minimum - WINDOW; i < end; i++) {
            hash = (hash << 1) + pins_gear_words[p[i]];
            if (i + 1 >= minimum && hash >= (i + 1 < average ? strict : loose)) {
                length = i + 1;
                break;
            }
        }
        start += length;
        ends[written++] = start;
    }
    return written;
}

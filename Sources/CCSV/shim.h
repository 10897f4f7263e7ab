// The parser of libcsv.
#include <csv.h>

static inline int pins_csv_is_space(unsigned char byte) {
    (void)byte;
    return 0;
}

// Blanks belong to their cells. A function of Swift would be called for each byte.
static inline void pins_csv_keep_spaces(struct csv_parser *parser) {
    csv_set_space_func(parser, pins_csv_is_space);
}

/* Short forms of pins_write. */

#include "pins.h"

int pins_write_file(
    pins_board *board, const char *name, const char *file, const pins_write_options *options,
    char **json) {
    pins_input input = {.size = sizeof input, .file = file};
    return pins_write(board, name, &input, 1, options, json);
}

int pins_write_buffer(
    pins_board *board, const char *name, const char *path, const void *bytes, size_t count,
    const pins_write_options *options, char **json) {
    /* An empty buffer may be NULL here: there is no other source that could be meant. */
    pins_input input = {
        .size = sizeof input, .path = path, .bytes = bytes || count ? bytes : "",
        .byte_count = count};
    return pins_write(board, name, &input, 1, options, json);
}

int pins_write_callback(
    pins_board *board, const char *name, const char *path, pins_read_function read, void *user,
    const pins_write_options *options, char **json) {
    pins_input input = {.size = sizeof input, .path = path, .read = read, .user = user};
    return pins_write(board, name, &input, 1, options, json);
}

/* libpins for R: boards as external pointers, files and raw vectors in and out.

       PKG_CPPFLAGS="$(pkg-config --cflags pins)" PKG_LIBS="$(pkg-config --libs pins)" \
           R CMD SHLIB pins.c && Rscript pins.R

   An error of the library becomes an error of R, with its message. */

#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>
#include <pins.h>
#include <string.h>

static const char *text(SEXP value) {
    if (Rf_isNull(value)) return NULL;
    if (!Rf_isString(value) || Rf_length(value) != 1) Rf_error("one string, or NULL, is wanted");
    return Rf_translateCharUTF8(STRING_ELT(value, 0));
}

static pins_board *board_of(SEXP pointer) {
    if (TYPEOF(pointer) != EXTPTRSXP || !R_ExternalPtrAddr(pointer)) Rf_error("this is no board");
    return R_ExternalPtrAddr(pointer);
}

/** Leaves for R where a call failed. The message is copied: the handle may go away. */
static void check(pins_board *board, int status) {
    if (status) Rf_error("%s (%d)", pins_message(board), status);
}

/** Text of the library as a string of R's. */
static SEXP taken(char *json) {
    SEXP string = PROTECT(Rf_mkCharCE(json ? json : "null", CE_UTF8));
    pins_free(json);
    SEXP result = Rf_ScalarString(string);
    UNPROTECT(1);
    return result;
}

static void finish(SEXP pointer) {
    pins_close(R_ExternalPtrAddr(pointer));
    R_ClearExternalPtr(pointer);
}

/** Opens a board or makes it; it is closed when R has forgotten it. */
SEXP r_pins_open(SEXP location) {
    pins_board *board = NULL;
    const char *place = text(location);
    int status = pins_open(place, NULL, &board);
    SEXP pointer = PROTECT(R_MakeExternalPtr(board, R_NilValue, R_NilValue));
    R_RegisterCFinalizerEx(pointer, finish, TRUE);
    check(board, status);
    UNPROTECT(1);
    return pointer;
}

/** Writes a version from a file, or from a raw vector as a file of the name 'path'; returns what
    'pins write --json' prints. */
SEXP r_pins_write(SEXP pointer, SEXP name, SEXP source, SEXP path, SEXP type) {
    pins_board *board = board_of(pointer);
    pins_write_options options = {.size = sizeof options, .type = text(type)};
    pins_input input = {.size = sizeof input, .path = text(path)};
    if (TYPEOF(source) == RAWSXP) {
        input.bytes = RAW(source);
        input.byte_count = (uint64_t)XLENGTH(source);
    } else {
        input.file = text(source);
    }
    char *json = NULL;
    check(board, pins_write(board, text(name), &input, 1, &options, &json));
    return taken(json);
}

/** Reads a version, NULL is the latest, to a file or folder. */
SEXP r_pins_read(SEXP pointer, SEXP name, SEXP version, SEXP path) {
    pins_board *board = board_of(pointer);
    pins_read_options options = {.size = sizeof options, .version = text(version)};
    check(board, pins_read_file(board, text(name), &options, text(path)));
    return path;
}

/** Reads the one file of a version as a raw vector. */
SEXP r_pins_read_raw(SEXP pointer, SEXP name, SEXP version) {
    pins_board *board = board_of(pointer);
    pins_read_options options = {.size = sizeof options, .version = text(version)};
    size_t count = 0;
    /* Without room the call says how much is needed. */
    int status = pins_read_buffer(board, text(name), &options, NULL, 0, &count);
    if (status != PINS_USAGE || !count) check(board, status);
    SEXP bytes = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)count));
    check(board, pins_read_buffer(board, text(name), &options, RAW(bytes), count, &count));
    UNPROTECT(1);
    return bytes;
}

/** What 'pins meta --json' prints. */
SEXP r_pins_meta(SEXP pointer, SEXP name, SEXP version) {
    pins_board *board = board_of(pointer);
    char *json = NULL;
    check(board, pins_meta(board, text(name), text(version), &json));
    return taken(json);
}

/* Goal: wrong arguments give a status, never a trap. Method: every function with NULL, with handles
   that are closed or never were, with sizes that cannot be, and with text that is not UTF-8. */

#include <pthread.h>

#include "check.h"

static void handles(void) {
    pins_board *none[] = {NULL, (pins_board *)&none, (pins_board *)16, (pins_board *)(intptr_t)-1};
    char *json = NULL;
    size_t got = 1;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        pins_board *board = none[i], *other = NULL;
        pins_version *version = NULL;
        CHECK(pins_write(board, "n", NULL, 0, NULL, &json) == PINS_USAGE);
        CHECK(pins_write_file(board, NULL, NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_write_buffer(board, "n", "p", NULL, 0, NULL, NULL) == PINS_USAGE);
        CHECK(pins_write_callback(board, "n", "p", NULL, NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_edit(board, NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_read_file(board, NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_read_buffer(board, "n", NULL, NULL, 10, &got) == PINS_USAGE && got == 0);
        CHECK(pins_read_callback(board, "n", NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_version_open(board, "n", NULL, &version) == PINS_USAGE);
        CHECK(pins_version_open(board, "n", NULL, NULL) == PINS_USAGE);
        CHECK(pins_close(version) == PINS_OK);
        CHECK(pins_version_meta((pins_version *)board, &json) == PINS_USAGE);
        CHECK(pins_version_data_txt((pins_version *)board, NULL) == PINS_USAGE);
        CHECK(pins_version_read((pins_version *)board, NULL, 0, NULL, 0, NULL) == PINS_USAGE);
        CHECK(pins_meta(board, NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_versions(board, NULL, NULL) == PINS_USAGE);
        CHECK(pins_list(board, NULL, NULL) == PINS_USAGE);
        CHECK(pins_stats(board, NULL, NULL) == PINS_USAGE);
        CHECK(pins_label(board, NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_unlabel(board, NULL, NULL) == PINS_USAGE);
        CHECK(pins_delete(board, NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_prune(board, NULL, 1, NULL) == PINS_USAGE);
        CHECK(pins_prune_by(board, "n", NULL, &json) == PINS_USAGE);
        CHECK(pins_diff(board, NULL, NULL, NULL, &json) == PINS_USAGE);
        CHECK(pins_gc(board, NULL, NULL) == PINS_USAGE);
        CHECK(pins_verify(board, NULL, NULL) == PINS_USAGE);
        CHECK(pins_copy(board, board, NULL, NULL, NULL) == PINS_USAGE);
        CHECK(pins_share(board, &other) == PINS_USAGE && pins_close(other) == PINS_OK);
        CHECK(pins_share(board, NULL) == PINS_USAGE);
        CHECK(pins_cancel(board) == PINS_USAGE);
        CHECK(pins_message(board) != NULL);
        CHECK(pins_close(board) == (board ? PINS_USAGE : PINS_OK));
        CHECK(pins_sink_bytes((pins_sink *)board, "", 0) == PINS_USAGE);
        CHECK(pins_sink_object((pins_sink *)board, "k", 0, 0) == PINS_USAGE);
    }
    CHECK(pins_open(NULL, NULL, NULL) == PINS_USAGE);
    CHECK(pins_open_backend(NULL, NULL, NULL) == PINS_USAGE);
    CHECK(!json);
    pins_free(NULL);
}

/** Sizes of a structure that must be refused, and one of a later header. */
static void sizes(pins_board *board) {
    struct { pins_write_options known; uint64_t later; } options = {.known = {.type = "csv"}};
    size_t wrong[] = {0, 1, 7, 12, sizeof options.known - 4, 4097, SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.known.size = wrong[i];
        EXPECT(board, PINS_USAGE,
               pins_write_buffer(board, "n", "p", "x", 1, &options.known, NULL));
    }
    for (size_t size = 8; size <= sizeof options.known; size += 8) {
        options.known.size = size;
        EXPECT(board, PINS_OK, pins_write_buffer(board, "n", "p", "x", 1, &options.known, NULL));
    }
    options.known.size = sizeof options;
    EXPECT(board, PINS_OK, pins_write_buffer(board, "n", "p", "x", 1, &options.known, NULL));
    options.later = 1;
    EXPECT(board, PINS_USAGE, pins_write_buffer(board, "n", "p", "x", 1, &options.known, NULL));

    pins_input input = {.size = sizeof input, .path = "p", .bytes = "x", .byte_count = UINT64_MAX};
    EXPECT(board, PINS_USAGE, pins_write(board, "n", &input, 1, NULL, NULL));
    input.byte_count = 1, input.file = "also";
    EXPECT(board, PINS_USAGE, pins_write(board, "n", &input, 1, NULL, NULL));
    input.size = 3;
    EXPECT(board, PINS_USAGE, pins_write(board, "n", &input, 1, NULL, NULL));
    EXPECT(board, PINS_USAGE, pins_write(board, "n", NULL, 1, NULL, NULL));
    EXPECT(board, PINS_USAGE, pins_write(board, "n", &input, SIZE_MAX, NULL, NULL));
    EXPECT(board, PINS_USAGE, pins_write_buffer(board, "n", "p", "x", SIZE_MAX, NULL, NULL));
}

static void texts(pins_board *board) {
    const char *bad[] = {"\xff", "\xed\xa0\x80", "", "a/b/c", "..", "a\nb", " a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT(board, PINS_USAGE, pins_write_buffer(board, bad[i], "p", "x", 1, NULL, NULL));
        CHECK(!strchr(pins_message(board), '\n'));
        if (strcmp(bad[i], "a/b/c") && bad[i][0] != ' ')
            EXPECT(board, PINS_USAGE, pins_write_buffer(board, "n", bad[i], "x", 1, NULL, NULL));
    }
    pins_write_options options = {.size = sizeof options, .metadata = "[1]"};
    EXPECT(board, PINS_USAGE, pins_write_buffer(board, "n", "p", "x", 1, &options, NULL));
    options.metadata = NULL, options.dry_run = 2;
    EXPECT(board, PINS_USAGE, pins_write_buffer(board, "n", "p", "x", 1, &options, NULL));
    pins_read_options range = {.size = sizeof range, .start = 5, .end = 1};
    EXPECT(board, PINS_USAGE, pins_read_buffer(board, "n", &range, NULL, 0, NULL));
    EXPECT(board, PINS_USAGE, pins_read_buffer(board, "n", NULL, NULL, 1, NULL));
    EXPECT(board, PINS_USAGE, pins_read_file(board, "n", NULL, ""));
}

struct locked {
    pins_board *board, *other;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int inside;
};

static int64_t blocked(void *user, void *buffer, size_t capacity) {
    (void)buffer, (void)capacity;
    struct locked *locked = user;
    /* From a callback nothing may be waited for, on this handle or another. */
    CHECK(pins_list(locked->board, NULL, NULL) == PINS_USAGE);
    CHECK(pins_list(locked->other, NULL, NULL) == PINS_USAGE);
    pthread_mutex_lock(&locked->mutex);
    if (locked->inside == 0) locked->inside = 1;
    pthread_cond_broadcast(&locked->changed);
    while (locked->inside != 2) pthread_cond_wait(&locked->changed, &locked->mutex);
    pthread_mutex_unlock(&locked->mutex);
    return 1;
}

static void *writer(void *user) {
    struct locked *locked = user;
    int status = pins_write_callback(locked->board, "slow", "p", blocked, user, NULL, NULL);
    return (void *)(intptr_t)status;
}

/** A handle serves one call; another thread is told so, and can cancel. */
static void threads(pins_board *board) {
    struct locked locked = {.board = board, .mutex = PTHREAD_MUTEX_INITIALIZER,
                            .changed = PTHREAD_COND_INITIALIZER};
    EXPECT(locked.other, PINS_OK, pins_share(board, &locked.other));
    pthread_t thread;
    void *status = NULL;
    CHECK(!pthread_create(&thread, NULL, writer, &locked));
    pthread_mutex_lock(&locked.mutex);
    while (locked.inside != 1) pthread_cond_wait(&locked.changed, &locked.mutex);
    CHECK(pins_list(board, NULL, NULL) == PINS_TRY_AGAIN);
    EXPECT(locked.other, PINS_OK, pins_list(locked.other, NULL, NULL));
    CHECK(pins_cancel(board) == PINS_OK);
    locked.inside = 2;
    pthread_cond_broadcast(&locked.changed);
    pthread_mutex_unlock(&locked.mutex);
    CHECK(!pthread_join(thread, &status));
    CHECK((intptr_t)status == PINS_CANCELLED);
    EXPECT(board, PINS_NOT_FOUND, pins_meta(board, "slow", NULL, NULL));
    pins_close(locked.other);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    char location[1024];
    pins_board *board = NULL;
    handles();
    pins_open_options mode = {.size = sizeof mode, .mode = 7};
    EXPECT(board, PINS_USAGE, pins_open("somewhere", &mode, &board));
    pins_close(board);
    snprintf(location, sizeof location, "%s/too-much", argv[1]);
    pins_open_options parity = {.size = sizeof parity, .parity_percent = 101};
    EXPECT(board, PINS_USAGE, pins_open(location, &parity, &board));
    pins_close(board);
    EXPECT(board, PINS_USAGE, pins_open("", NULL, &board));
    EXPECT(board, PINS_USAGE, pins_list(board, NULL, NULL));
    pins_close(board);
    EXPECT(board, PINS_USAGE, pins_open("ftp://example.org/", NULL, &board));
    pins_close(board);
    snprintf(location, sizeof location, "%s/hostile", argv[1]);
    EXPECT(board, PINS_OK, pins_open(location, NULL, &board));
    sizes(board);
    texts(board);
    threads(board);
    CHECK(pins_close(board) == PINS_OK && pins_close(board) == PINS_USAGE);
    CHECK(pins_list(board, NULL, NULL) == PINS_USAGE);
    puts("hostile: ok");
    return 0;
}

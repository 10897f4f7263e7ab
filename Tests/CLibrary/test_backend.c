/* Goal: a board lives on a backend that C supplies, and its failures come back as statuses. Method:
   objects in memory; the conformance suite runs over the same functions in PinsCTests. */

#include <sched.h>

#include "check.h"
#include "memory_backend.h"

int main(void) {
    size_t count = 900000, got = 0;
    unsigned char *data = noise(count, 3), *buffer = malloc(count);
    char *json = NULL;
    memory_backend *memory = memory_backend_make();
    pins_backend table = memory_backend_table(memory);
    pins_board *board = NULL;
    pins_open_options existing = {.size = sizeof existing, .mode = PINS_OPEN_EXISTING};
    pins_backend kept = table;
    kept.release = NULL;
    EXPECT(board, PINS_NOT_FOUND, pins_open_backend(&kept, &existing, &board));
    pins_close(board);
    kept.put = NULL;
    EXPECT(board, PINS_USAGE, pins_open_backend(&kept, NULL, &board));
    pins_close(board);
    kept = table, kept.size = 20;
    EXPECT(board, PINS_USAGE, pins_open_backend(&kept, NULL, &board));
    pins_close(board);

    EXPECT(board, PINS_OK, pins_open_backend(&table, NULL, &board));
    EXPECT(board, PINS_OK, pins_write_buffer(board, "n", "n.bin", data, count, NULL, NULL));
    data[count / 2] ^= 1;
    EXPECT(board, PINS_OK, pins_write_buffer(board, "n", "n.bin", data, count, NULL, &json));
    CHECK(has(json, "\"new_chunks\":1,"));
    pins_free(json);
    EXPECT(board, PINS_OK, pins_read_buffer(board, "n", NULL, buffer, count, &got));
    CHECK(got == count && !memcmp(buffer, data, count));
    EXPECT(board, PINS_OK, pins_prune(board, "n", 1, NULL));
    pins_gc_options now = {.size = sizeof now, .exclusive = 1};
    EXPECT(board, PINS_OK, pins_gc(board, &now, NULL));
    pins_verify_options all = {.size = sizeof all, .data = 1};
    EXPECT(board, PINS_OK, pins_verify(board, &all, &json));
    CHECK(has(json, "\"ok\":true"));
    pins_free(json);

    struct { int given, expected; } failures[] = {
        {PINS_NOT_PERMITTED, PINS_NOT_PERMITTED}, {PINS_UNAVAILABLE, PINS_UNAVAILABLE},
        {PINS_TRY_AGAIN, PINS_TRY_AGAIN}, {PINS_IO_ERROR, PINS_IO_ERROR}, {-77, PINS_IO_ERROR}};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        memory_backend_fail(memory, failures[i].given);
        EXPECT(board, failures[i].expected, pins_list(board, NULL, NULL));
        CHECK(has(pins_message(board), "memory in C"));
    }
    memory_backend_fail(memory, 0);
    EXPECT(board, PINS_OK, pins_list(board, NULL, NULL));
    CHECK(memory_backend_released() == 0);
    pins_close(board);
    /* Released when the last task has let go of it, which may be after the last call. */
    while (!memory_backend_released()) sched_yield();
    free(data);
    free(buffer);
    puts("backend: ok");
    return 0;
}

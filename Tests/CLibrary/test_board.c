/* Goal: every verb of pins.h does what the header says, on a folder. Method: one board, in the
   folder that is the first argument; what is read is compared with what was written. */

#include <sys/stat.h>

#include "check.h"

struct source { const unsigned char *bytes; size_t count, at; };

static int64_t give(void *user, void *buffer, size_t capacity) {
    struct source *source = user;
    size_t count = source->count - source->at;
    if (count > capacity) count = capacity;
    if (count > 70001) count = 70001;
    memcpy(buffer, source->bytes + source->at, count);
    source->at += count;
    return (int64_t)count;
}

static int64_t fail(void *user, void *buffer, size_t capacity) {
    (void)user, (void)buffer, (void)capacity;
    return -1;
}

static int64_t lie(void *user, void *buffer, size_t capacity) {
    (void)user, (void)buffer;
    return (int64_t)capacity + 1;
}

static int take(void *user, const void *bytes, size_t count) {
    struct source *target = user;
    CHECK(target->at + count <= target->count);
    CHECK(!memcmp(target->bytes + target->at, bytes, count));
    target->at += count;
    return 0;
}

static int stop(void *user, const void *bytes, size_t count) {
    (void)bytes, (void)count;
    ++*(int *)user;
    return 1;
}

static int see(void *user, const char *phase, uint64_t done, uint64_t total) {
    CHECK(phase[0] && (total == 0 || done <= total));
    __atomic_add_fetch((int *)user, 1, __ATOMIC_RELAXED);
    return 0;
}

static int refuse(void *user, const char *phase, uint64_t done, uint64_t total) {
    (void)user, (void)phase, (void)done, (void)total;
    return 1;
}

static void write_file(const char *path, const void *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, count, file) == count && !fclose(file));
}

static int is_file(const char *path, const void *bytes, size_t count) {
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    unsigned char *found = malloc(count + 1);
    int same = fread(found, 1, count + 1, file) == count && !memcmp(found, bytes, count);
    fclose(file);
    free(found);
    return same;
}

static void writing(pins_board *board, const char *folder, unsigned char *data, size_t count) {
    char *json = NULL, path[1024];
    int steps = 0;
    const char *tags[] = {"a", "b", NULL};
    pins_write_options options = {
        .size = sizeof options, .type = "bin", .title = "Noise", .metadata = "{\"rows\": 3}",
        .tags = tags, .created = 1800000000, .progress = see, .progress_user = &steps};
    EXPECT(board, PINS_OK,
           pins_write_buffer(board, "noise", "n.bin", data, count, &options, &json));
    CHECK(has(json, "\"unchanged\":false") && has(json, "2027-01-15T08:00:00Z") && steps > 0);
    pins_free(json);
    EXPECT(board, PINS_OK,
           pins_write_buffer(board, "noise", "n.bin", data, count, &options, &json));
    CHECK(has(json, "\"unchanged\":true"));
    pins_free(json);

    struct source source = {data, count, 0};
    EXPECT(board, PINS_OK,
           pins_write_callback(board, "streamed", "s.bin", give, &source, NULL, &json));
    CHECK(source.at == count && has(json, "\"new_bytes\":0"));
    pins_free(json);
    EXPECT(board, PINS_IO_ERROR,
           pins_write_callback(board, "bad", "b", fail, NULL, NULL, NULL));
    EXPECT(board, PINS_USAGE, pins_write_callback(board, "bad", "b", lie, NULL, NULL, NULL));
    CHECK(strlen(pins_message(board)) > 10);

    snprintf(path, sizeof path, "%s/in.bin", folder);
    write_file(path, data, count / 2);
    EXPECT(board, PINS_OK, pins_write_file(board, "filed", path, NULL, NULL));
    CHECK(!pins_message(board)[0]);

    pins_input inputs[2] = {
        {.size = sizeof *inputs, .path = "x/one", .bytes = "1", .byte_count = 1},
        {.size = sizeof *inputs, .path = "x/two", .file = path}};
    EXPECT(board, PINS_OK, pins_write(board, "tree", inputs, 2, NULL, &json));
    CHECK(has(json, "x/one") && has(json, "x/two"));
    pins_free(json);
    pins_write_options dry = {.size = sizeof dry, .dry_run = 1};
    EXPECT(board, PINS_OK, pins_write_buffer(board, "dry", "d", "d", 1, &dry, NULL));
    EXPECT(board, PINS_NOT_FOUND, pins_meta(board, "dry", NULL, NULL));

    pins_write_options stopped = {.size = sizeof stopped, .progress = refuse};
    unsigned char *more = noise(count, 99);
    EXPECT(board, PINS_CANCELLED,
           pins_write_buffer(board, "never", "n", more, count, &stopped, NULL));
    EXPECT(board, PINS_NOT_FOUND, pins_meta(board, "never", NULL, NULL));
    free(more);
}

static void reading(pins_board *board, const char *folder, unsigned char *data, size_t count) {
    char path[1024];
    unsigned char *buffer = malloc(count);
    size_t got = 0;
    int calls = 0;
    EXPECT(board, PINS_OK, pins_read_buffer(board, "noise", NULL, buffer, count, &got));
    CHECK(got == count && !memcmp(buffer, data, count));
    EXPECT(board, PINS_USAGE, pins_read_buffer(board, "noise", NULL, buffer, 10, &got));
    CHECK(got == count);
    pins_read_options part = {.size = sizeof part, .start = 1000, .end = 5000};
    EXPECT(board, PINS_OK, pins_read_buffer(board, "noise", &part, buffer, count, &got));
    CHECK(got == 4000 && !memcmp(buffer, data + 1000, 4000));

    struct source target = {data, count, 0};
    EXPECT(board, PINS_OK, pins_read_callback(board, "noise", NULL, take, &target));
    CHECK(target.at == count);
    EXPECT(board, PINS_CANCELLED, pins_read_callback(board, "noise", NULL, stop, &calls));
    CHECK(calls == 1);

    snprintf(path, sizeof path, "%s/out.bin", folder);
    EXPECT(board, PINS_OK, pins_read_file(board, "noise", NULL, path));
    CHECK(is_file(path, data, count));
    snprintf(path, sizeof path, "%s/tree", folder);
    EXPECT(board, PINS_OK, pins_read_file(board, "tree", NULL, path));
    snprintf(path, sizeof path, "%s/tree/x/one", folder);
    CHECK(is_file(path, "1", 1));
    EXPECT(board, PINS_USAGE, pins_read_buffer(board, "tree", NULL, buffer, count, &got));

    pins_read_options wrong = {.size = sizeof wrong, .hash = "0123456789abcdef"};
    calls = 0;
    EXPECT(board, PINS_CORRUPT, pins_read_callback(board, "noise", &wrong, stop, &calls));
    CHECK(calls == 0);
    part.start = count + 1, part.end = 0;
    EXPECT(board, PINS_USAGE, pins_read_buffer(board, "noise", &part, buffer, count, &got));
    free(buffer);
}

static void versions(pins_board *board, unsigned char *data, size_t count) {
    char *json = NULL, *text = NULL;
    pins_version *version = NULL;
    unsigned char buffer[100];
    size_t got = 0;
    EXPECT(version, PINS_OK, pins_version_open(board, "noise", NULL, &version));
    EXPECT(version, PINS_OK, pins_version_meta(version, &json));
    CHECK(has(json, "\"title\":\"Noise\"") && has(json, "{\"rows\": 3}"));
    CHECK(has(json, "[\"a\",\"b\"]"));
    pins_free(json);
    EXPECT(version, PINS_OK, pins_version_data_txt(version, &text));
    CHECK(has(text, "file: n.bin\n") && has(text, "api_version: 1\n") && has(text, "rows: 3\n"));
    pins_free(text);
    EXPECT(version, PINS_OK, pins_version_read(version, NULL, count - 50, buffer, 100, &got));
    CHECK(got == 50 && !memcmp(buffer, data + count - 50, 50));
    EXPECT(version, PINS_OK, pins_version_read(version, "n.bin", count, buffer, 100, &got));
    CHECK(got == 0);
    EXPECT(version, PINS_USAGE, pins_version_read(version, NULL, count + 1, buffer, 100, &got));
    EXPECT(version, PINS_NOT_FOUND, pins_version_read(version, "other", 0, buffer, 100, &got));
    EXPECT(version, PINS_USAGE, pins_list((pins_board *)version, NULL, NULL));
    CHECK(pins_close(version) == PINS_OK && pins_close(version) == PINS_USAGE);

    EXPECT(version, PINS_NOT_FOUND, pins_version_open(board, "noise", "nothere", &version));
    CHECK(has(pins_message(version), "nothere"));
    EXPECT(version, PINS_USAGE, pins_version_meta(version, NULL));
    pins_close(version);
}

static void verbs(pins_board *board) {
    char *json = NULL;
    pins_write_options change = {.size = sizeof change, .title = "Other", .metadata = ""};
    EXPECT(board, PINS_OK, pins_edit(board, "noise", &change, NULL));
    EXPECT(board, PINS_OK, pins_meta(board, "noise", "latest", &json));
    CHECK(has(json, "\"title\":\"Other\"") && has(json, "\"metadata\":null"));
    pins_free(json);
    EXPECT(board, PINS_OK, pins_label(board, "noise", "prod", NULL));
    EXPECT(board, PINS_OK, pins_meta(board, "noise", "prod", &json));
    pins_free(json);
    EXPECT(board, PINS_OK, pins_unlabel(board, "noise", "prod"));
    EXPECT(board, PINS_NOT_FOUND, pins_meta(board, "noise", "prod", NULL));
    EXPECT(board, PINS_OK, pins_list(board, "other", &json));
    CHECK(has(json, "\"noise\"") && !has(json, "\"tree\""));
    pins_free(json);
    EXPECT(board, PINS_OK, pins_list(board, NULL, &json));
    CHECK(has(json, "\"tree\"") && has(json, "\"streamed\""));
    pins_free(json);
    EXPECT(board, PINS_OK, pins_versions(board, "noise", &json));
    CHECK(has(json, "},{"));
    pins_free(json);
    EXPECT(board, PINS_OK, pins_diff(board, "noise", NULL, "latest", &json));
    CHECK(has(json, "\"changed\":[]") && has(json, "\"total_bytes\":1500000"));
    pins_free(json);
    EXPECT(board, PINS_NOT_FOUND, pins_diff(board, "noise", "20010101", NULL, &json));
    CHECK(!json);
    pins_prune_options keep = {.size = sizeof keep, .keep = 1, .dry_run = 1};
    EXPECT(board, PINS_OK, pins_prune_by(board, "noise", &keep, &json));
    CHECK(json[0] == '[' && json[1] == '"');
    pins_free(json);
    EXPECT(board, PINS_OK, pins_prune(board, "noise", 1, &json));
    CHECK(json[0] == '[' && json[1] == '"');
    pins_free(json);
    EXPECT(board, PINS_USAGE, pins_prune(board, "noise", 0, NULL));
    EXPECT(board, PINS_OK, pins_delete(board, "streamed", NULL, NULL));
    EXPECT(board, PINS_NOT_FOUND, pins_delete(board, "streamed", NULL, NULL));
    EXPECT(board, PINS_OK, pins_stats(board, NULL, &json));
    CHECK(has(json, "\"pins\":3"));
    pins_free(json);
    pins_gc_options now = {.size = sizeof now, .exclusive = 1};
    EXPECT(board, PINS_OK, pins_gc(board, &now, &json));
    CHECK(has(json, "\"freed_bytes\""));
    pins_free(json);
    pins_verify_options all = {.size = sizeof all, .data = 1};
    EXPECT(board, PINS_OK, pins_verify(board, &all, &json));
    CHECK(has(json, "\"ok\":true"));
    pins_free(json);
}

static void pruning(const char *folder) {
    /* Versions of engine boards are as old as their commits: one that is really old is one of
       pins for Python or R. */
    char path[1024], location[1024], *json = NULL;
    const char *old = "api_version: 1\ncreated: 20200101T000000Z\ndescription: null\nfile: a.txt\n"
                      "file_size: 2\npin_hash: fbbde8981eccc855\ntype: file\n";
    pins_board *board = NULL;
    snprintf(location, sizeof location, "plain:%s/pruned", folder);
    EXPECT(board, PINS_OK, pins_open(location, NULL, &board));
    EXPECT(board, PINS_OK, pins_write_buffer(board, "p", "a.txt", "b\n", 2, NULL, NULL));
    snprintf(path, sizeof path, "%s/pruned/p/20200101T000000Z-fbbde", folder);
    CHECK(!mkdir(path, 0777));
    snprintf(path, sizeof path, "%s/pruned/p/20200101T000000Z-fbbde/a.txt", folder);
    write_file(path, "a\n", 2);
    snprintf(path, sizeof path, "%s/pruned/p/20200101T000000Z-fbbde/data.txt", folder);
    write_file(path, old, strlen(old));

    EXPECT(board, PINS_OK, pins_diff(board, "p", "20200101", NULL, &json));
    CHECK(has(json, "\"file\":\"a.txt\",\"start\":0,\"end\":2") && has(json, "\"total_bytes\":2"));
    pins_free(json);
    pins_prune_options days = {.size = sizeof days, .days = 30, .by_days = 1, .dry_run = 1};
    EXPECT(board, PINS_OK, pins_prune_by(board, "p", &days, &json));
    CHECK(!strcmp(json, "[\"20200101T000000Z-fbbde\"]"));
    pins_free(json);
    days.dry_run = 0, days.days = 100000;
    EXPECT(board, PINS_OK, pins_prune_by(board, "p", &days, &json));
    CHECK(!strcmp(json, "[]"));
    pins_free(json);
    days.days = 30;
    EXPECT(board, PINS_OK, pins_prune_by(board, "p", &days, &json));
    CHECK(!strcmp(json, "[\"20200101T000000Z-fbbde\"]"));
    pins_free(json);
    EXPECT(board, PINS_NOT_FOUND, pins_meta(board, "p", "20200101", NULL));
    EXPECT(board, PINS_OK, pins_meta(board, "p", NULL, NULL));
    pins_prune_options both = {.size = sizeof both, .keep = 1, .days = 1, .by_days = 1};
    EXPECT(board, PINS_USAGE, pins_prune_by(board, "p", &both, NULL));
    pins_prune_options unsaid = {.size = sizeof unsaid, .keep = 1, .days = 1};
    EXPECT(board, PINS_USAGE, pins_prune_by(board, "p", &unsaid, NULL));
    EXPECT(board, PINS_USAGE, pins_prune_by(board, "p", NULL, NULL));
    days.days = UINT64_MAX;
    EXPECT(board, PINS_USAGE, pins_prune_by(board, "p", &days, NULL));
    pins_close(board);
}

static void copies(pins_board *board, const char *folder) {
    char location[1024], *json = NULL;
    pins_board *plain = NULL, *back = NULL;
    snprintf(location, sizeof location, "plain:%s/plain", folder);
    EXPECT(plain, PINS_OK, pins_open(location, NULL, &plain));
    EXPECT(plain, PINS_OK, pins_copy(board, plain, "noise", NULL, &json));
    CHECK(has(json, "\"copied\":[{\"name\":\"noise\""));
    pins_free(json);
    EXPECT(plain, PINS_OK, pins_copy(board, plain, "noise", NULL, &json));
    CHECK(has(json, "\"copied\":[]"));
    pins_free(json);
    /* And back, where the name of the version has the digits of another hash. */
    snprintf(location, sizeof location, "%s/back", folder);
    EXPECT(back, PINS_OK, pins_open(location, NULL, &back));
    EXPECT(back, PINS_OK, pins_copy(plain, back, NULL, NULL, NULL));
    pins_verify_options all = {.size = sizeof all, .data = 1};
    EXPECT(back, PINS_OK, pins_verify(back, &all, NULL));
    pins_close(back);
    pins_close(plain);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    char location[1024];
    size_t count = 1500000;
    unsigned char *data = noise(count, 7);
    pins_board *board = NULL, *other = NULL;
    pins_open_options existing = {.size = sizeof existing, .mode = PINS_OPEN_EXISTING};
    pins_open_options new = {.size = sizeof new, .mode = PINS_CREATE_NEW, .level = 1,
                             .parity_percent = 5};
    snprintf(location, sizeof location, "%s/board", argv[1]);
    EXPECT(board, PINS_NOT_FOUND, pins_open(location, &existing, &board));
    CHECK(has(pins_message(board), "there is no board"));
    pins_close(board);
    EXPECT(board, PINS_OK, pins_open(location, &new, &board));
    EXPECT(other, PINS_CANNOT_CREATE, pins_open(location, &new, &other));
    pins_close(other);
    EXPECT(other, PINS_OK, pins_share(board, &other));
    writing(board, argv[1], data, count);
    reading(other, argv[1], data, count);
    versions(board, data, count);
    copies(other, argv[1]);
    pruning(argv[1]);
    verbs(board);
    pins_close(board);
    EXPECT(other, PINS_OK, pins_list(other, NULL, NULL));
    pins_close(other);
    free(data);
    puts("board: ok");
    return 0;
}

#include "memory_backend.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct object {
    char *key;
    unsigned char *bytes;
    size_t count;
    struct object *next;
} object;

struct memory_backend {
    pthread_mutex_t mutex;
    object *first;
    int failure;
};

static int released;

/** Where the first object whose key is not less than 'key' hangs. */
static object **place(memory_backend *backend, const char *key) {
    object **place = &backend->first;
    while (*place && strcmp((*place)->key, key) < 0) place = &(*place)->next;
    return place;
}

static object *find(memory_backend *backend, const char *key) {
    object *found = *place(backend, key);
    return found && !strcmp(found->key, key) ? found : NULL;
}

static int enter(memory_backend *backend) {
    pthread_mutex_lock(&backend->mutex);
    return backend->failure;
}

static int leave(memory_backend *backend, int status) {
    pthread_mutex_unlock(&backend->mutex);
    return status;
}

static int get(void *user, const char *key, uint64_t start, uint64_t count, pins_sink *sink) {
    int failure = enter(user);
    if (failure) return leave(user, failure);
    object *found = find(user, key);
    if (!found) return leave(user, PINS_NOT_FOUND);
    if (start > found->count) return leave(user, PINS_USAGE);
    if (count == UINT64_MAX) count = found->count - start;
    if (count > found->count - start) return leave(user, PINS_USAGE);
    /* In two pieces: a place may have its reasons. */
    size_t half = count / 2;
    int status = pins_sink_bytes(sink, found->bytes + start, half);
    if (!status) status = pins_sink_bytes(sink, found->bytes + start + half, count - half);
    return leave(user, status);
}

static int put(void *user, const char *key, const void *bytes, size_t count, int if_absent,
               int durable, int *outcome) {
    (void)durable;
    int failure = enter(user);
    if (failure) return leave(user, failure);
    object *found = find(user, key);
    *outcome = PINS_PUT_CREATED;
    if (found && if_absent) {
        *outcome = PINS_PUT_EXISTS;
        return leave(user, PINS_OK);
    }
    if (!found) {
        object **here = place(user, key);
        found = calloc(1, sizeof *found);
        found->key = strdup(key);
        found->next = *here;
        *here = found;
    }
    free(found->bytes);
    found->bytes = malloc(count ? count : 1);
    found->count = count;
    if (count) memcpy(found->bytes, bytes, count);
    return leave(user, PINS_OK);
}

static int list(void *user, const char *prefix, const char *after, pins_sink *sink, int *is_last) {
    int failure = enter(user), shown = 0;
    if (failure) return leave(user, failure);
    for (object *o = ((memory_backend *)user)->first; o; o = o->next) {
        if (strncmp(o->key, prefix, strlen(prefix))) continue;
        if (after && strcmp(o->key, after) <= 0) continue;
        if (shown == 3) {
            *is_last = 0;
            break;
        }
        shown++;
        pins_sink_object(sink, o->key, o->count, 0);
    }
    return leave(user, PINS_OK);
}

static int stat_object(void *user, const char *key, uint64_t *byte_count, int64_t *modified) {
    int failure = enter(user);
    if (failure) return leave(user, failure);
    object *found = find(user, key);
    *modified = 0;
    if (found) *byte_count = found->count;
    return leave(user, found ? PINS_OK : PINS_NOT_FOUND);
}

static void free_object(object *object) {
    free(object->key);
    free(object->bytes);
    free(object);
}

static int remove_object(void *user, const char *key) {
    int failure = enter(user);
    if (failure) return leave(user, failure);
    object **here = place(user, key), *found = *here;
    if (found && !strcmp(found->key, key)) {
        *here = found->next;
        free_object(found);
    }
    return leave(user, PINS_OK);
}

static void release(void *user) {
    memory_backend *backend = user;
    for (object *o = backend->first, *next; o; o = next) {
        next = o->next;
        free_object(o);
    }
    pthread_mutex_destroy(&backend->mutex);
    free(backend);
    __atomic_add_fetch(&released, 1, __ATOMIC_SEQ_CST);
}

memory_backend *memory_backend_make(void) {
    memory_backend *backend = calloc(1, sizeof *backend);
    pthread_mutex_init(&backend->mutex, NULL);
    return backend;
}

pins_backend memory_backend_table(memory_backend *backend) {
    pins_backend table = {
        .size = sizeof table, .user = backend, .description = "memory in C",
        .capabilities =
            PINS_BACKEND_ATOMIC_CREATE | PINS_BACKEND_STRONG_LIST | PINS_BACKEND_RANGE,
        .get = get, .put = put, .list = list, .stat = stat_object, .remove = remove_object,
        .release = release};
    return table;
}

int memory_backend_released(void) { return __atomic_load_n(&released, __ATOMIC_SEQ_CST); }

void memory_backend_fail(memory_backend *backend, int status) {
    pthread_mutex_lock(&backend->mutex);
    backend->failure = status;
    pthread_mutex_unlock(&backend->mutex);
}

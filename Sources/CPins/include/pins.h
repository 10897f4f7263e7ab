/* pins.h - boards of swift-pins from C.

   A board holds pins: named data sets with immutable versions. Everything that is read has been
   verified; everything that was written is there whole or not at all.

       pins_board *board;
       if (pins_open("boards/team", NULL, &board) ||
           pins_write_file(board, "sales", "sales.csv", NULL, NULL))
           fprintf(stderr, "%s\n", pins_message(board));
       pins_close(board);

   STATUS. Every function that can fail returns one of pins_status: 0, or the exit status that the
   command 'pins' would have. pins_message says in one sentence what failed, on what, what to do.

   HANDLES. pins_board and pins_version are opaque. pins_open and pins_version_open give a handle
   also where they fail, so that there is something to ask for the message; every handle is closed
   by pins_close. A handle that is NULL, closed or never was one gives PINS_USAGE.

   THREADS. Any thread may use any handle. A handle serves one call at a time: a call made while
   another one runs on it returns PINS_TRY_AGAIN at once and changes nothing. Several threads use
   handles of their own, from pins_share. pins_cancel may be called at any time, by any thread, also
   in a signal handler's thread (not in the handler) and in callbacks.
   Callbacks run on threads of the library while the call that they belong to has not returned;
   those of a backend, and progress, on several at once. A callback may call pins_cancel and the
   pins_sink functions and nothing else of this library: any other call returns PINS_USAGE.
   After fork() only exec() is allowed in the child.

   MEMORY. What the caller passes is not kept after the call (but a backend's functions and user
   pointer: until 'release'). Text that the library gives through a char ** is UTF-8 and freed by
   pins_free; where the caller passes NULL there, none is made.

   OPTIONS. Structures begin with their size: set it with sizeof, the rest to zero. NULL means all
   zero. Fields are only ever added at the end, so programs and libraries of different age agree; a
   field that this library does not know and that is not zero is PINS_USAGE. */

#ifndef PINS_H
#define PINS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PINS_API extern

/** What became of a call: equal to the exit statuses of the command. */
typedef enum pins_status {
    PINS_OK = 0,
    /** An argument is not allowed, or a handle is none. */
    PINS_USAGE = 64,
    /** The data is wrong: corrupt, or not of the hash that was asked for. */
    PINS_CORRUPT = 65,
    /** No such board, pin, version or file. */
    PINS_NOT_FOUND = 66,
    /** The service cannot be reached. */
    PINS_UNAVAILABLE = 69,
    /** It exists, or may not be made here. */
    PINS_CANNOT_CREATE = 73,
    /** Input or output failed, or the disk is full. */
    PINS_IO_ERROR = 74,
    /** Too many races were lost, or the handle is busy: the same call may succeed. */
    PINS_TRY_AGAIN = 75,
    /** The board needs a newer library. */
    PINS_NEEDS_NEWER = 76,
    /** Permission or credentials were refused. */
    PINS_NOT_PERMITTED = 77,
    /** pins_cancel, or a callback, ended it; nothing half-written stays. */
    PINS_CANCELLED = 130
} pins_status;

/** A board that is open. */
typedef struct pins_board pins_board;
/** A version of a pin, opened for reading. */
typedef struct pins_version pins_version;
/** Where a backend's 'get' and 'list' put what they found; valid during that call. */
typedef struct pins_sink pins_sink;

/** Hears how far a call is; 'total' is 0 where it is not known. Returns 0, or anything else to
    cancel. At most a few times a second for each thread. */
typedef int (*pins_progress_function)(
    void *user, const char *phase, uint64_t done, uint64_t total);
/** Gives the next bytes of a file that is written: at most 'capacity', which is at least 1.
    Returns how many; 0 at the end, a negative number to fail. Called by one thread at a time. */
typedef int64_t (*pins_read_function)(void *user, void *buffer, size_t capacity);
/** Takes the next verified bytes of a file. Returns 0, or anything else to end the read with
    PINS_CANCELLED. Called by one thread at a time, in order. */
typedef int (*pins_write_function)(void *user, const void *bytes, size_t count);

/* ---- Boards ---- */

/** What pins_open does where there is a board, or none. */
typedef enum pins_open_mode {
    /** Opens a board, or makes it. */
    PINS_OPEN_OR_CREATE = 0,
    /** Opens a board; PINS_NOT_FOUND where there is none. */
    PINS_OPEN_EXISTING = 1,
    /** Makes a board; PINS_CANNOT_CREATE where there is one. */
    PINS_CREATE_NEW = 2
} pins_open_mode;

typedef struct pins_open_options {
    size_t size;
    /** A pins_open_mode. */
    int32_t mode;
    /** For new boards: the zstd level, 1...19; 0 is 3. */
    int32_t level;
    /** For new boards: the average chunk in bytes, a power of two, 4 KiB...4 MiB; 0 is 256 KiB. */
    uint64_t chunk_average;
    /** For new boards: 1 if only one program writes, on stores without atomic creation. */
    int32_t single_writer;
    /** For new boards: how much parity each pack gets to mend damage with, 1...100 percent of its
        size; 0 is none. */
    int32_t parity_percent;
} pins_open_options;

/** Opens or makes a board: a folder, or an address as the command takes it ('plain:', 'shared:',
    's3://', 'connect://', 'https://'). Gives a handle also where it fails, unless 'board' is
    NULL. */
PINS_API int pins_open(
    const char *location, const pins_open_options *options, pins_board **board);

/** Another handle on the same board, for another thread; cheap. */
PINS_API int pins_share(const pins_board *board, pins_board **other);

/** Closes a board's or version's handle. One that is busy is cancelled and goes away when its call
    returns. NULL does nothing. */
PINS_API int pins_close(void *handle);

/** What the last call on a handle said that failed; empty if none did. Valid until the next call on
    that handle. Never NULL. */
PINS_API const char *pins_message(const void *handle);

/** Ends the call that runs on a handle with PINS_CANCELLED, as soon as it can; without one, does
    nothing. */
PINS_API int pins_cancel(const void *handle);

/** Frees text that the library gave. NULL does nothing. */
PINS_API void pins_free(void *text);

/** The version of the library: "0.1.0". */
PINS_API const char *pins_library_version(void);

/* ---- Writing ---- */

/** One file of a version, from exactly one of a file or folder, a buffer, and a callback. */
typedef struct pins_input {
    size_t size;
    /** Its path inside the pin; NULL with 'file': what its path ends in. */
    const char *path;
    /** A file, or with 'path' NULL also a folder, on this machine. */
    const char *file;
    /** A buffer; not NULL, also if 'byte_count' is 0. */
    const void *bytes;
    uint64_t byte_count;
    /** A callback, which is read once. */
    pins_read_function read;
    void *user;
} pins_input;

typedef struct pins_write_options {
    size_t size;
    /** 'csv', 'parquet', ...; NULL is 'file'. */
    const char *type;
    const char *title;
    const char *description;
    /** A JSON object of the caller's. */
    const char *metadata;
    /** Arrays that end with NULL. */
    const char *const *tags;
    const char *const *urls;
    /** Seconds since 1970 UTC; 0 is now. */
    int64_t created;
    /** 1: the new version replaces the only one there is. */
    int32_t unversioned;
    /** 1: a version equal to the latest is written all the same. */
    int32_t force_identical_write;
    /** 1: nothing is stored; the document says what would have been. */
    int32_t dry_run;
    /** 1: no SHA-256 of whole files. */
    int32_t no_flat_digest;
    pins_progress_function progress;
    void *progress_user;
} pins_write_options;

/** Writes a new version of a pin. 'json', if not NULL, gets what 'pins write --json' prints. */
PINS_API int pins_write(
    pins_board *board, const char *name, const pins_input *inputs, size_t count,
    const pins_write_options *options, char **json);
/** Writes a version from a file or a folder. */
PINS_API int pins_write_file(
    pins_board *board, const char *name, const char *file, const pins_write_options *options,
    char **json);
/** Writes a version of one file, 'path', from memory. */
PINS_API int pins_write_buffer(
    pins_board *board, const char *name, const char *path, const void *bytes, size_t count,
    const pins_write_options *options, char **json);
/** Writes a version of one file, 'path', whose bytes 'read' gives. */
PINS_API int pins_write_callback(
    pins_board *board, const char *name, const char *path, pins_read_function read, void *user,
    const pins_write_options *options, char **json);

/** Writes a version with the content of the latest one and the metadata that 'options' has; an
    empty text takes away, NULL leaves. Only the text fields and lists of the options count. */
PINS_API int pins_edit(
    pins_board *board, const char *name, const pins_write_options *options, char **json);

/* ---- Reading ---- */

typedef struct pins_read_options {
    size_t size;
    /** A version's name, the first 8 characters or more of it, a label; NULL is the latest. */
    const char *version;
    /** The file; NULL is the only one. */
    const char *file;
    /** 8...64 digits of the pin_hash or the file's SHA-256; another hash is PINS_CORRUPT before
        anything is handed out. */
    const char *hash;
    /** Bytes 'start' up to 'end' of the file; an 'end' of 0, or past the file's, is the file's. */
    uint64_t start;
    uint64_t end;
    pins_progress_function progress;
    void *progress_user;
} pins_read_options;

/** Reads to a file, which is replaced only when the new one is whole; without 'file' in the
    options, all files of a version of several, into the folder 'path'. */
PINS_API int pins_read_file(
    pins_board *board, const char *name, const pins_read_options *options, const char *path);
/** Reads to memory. '*count' gets the number of bytes that were read, or with PINS_USAGE, if they
    do not fit into 'capacity', that are needed. */
PINS_API int pins_read_buffer(
    pins_board *board, const char *name, const pins_read_options *options, void *buffer,
    size_t capacity, size_t *count);
/** Reads to a callback. */
PINS_API int pins_read_callback(
    pins_board *board, const char *name, const pins_read_options *options,
    pins_write_function write, void *user);

/** Opens a version, NULL is the latest, for many reads. It stays open when its board is closed. */
PINS_API int pins_version_open(
    pins_board *board, const char *name, const char *version, pins_version **opened);
/** What 'pins meta --json' prints. */
PINS_API int pins_version_meta(pins_version *version, char **json);
/** The 'data.txt' that the version has, or would have, in the layout of pins for Python and R. */
PINS_API int pins_version_data_txt(pins_version *version, char **text);
/** Reads up to 'capacity' bytes of a file, NULL is the only one, from 'start' on; '*count' is less
    only at the end of the file. Only the chunks that are touched are fetched. */
PINS_API int pins_version_read(
    pins_version *version, const char *file, uint64_t start, void *buffer, size_t capacity,
    size_t *count);

/* ---- Finding ---- */

/** What 'pins meta --json' prints; 'version' NULL is the latest. */
PINS_API int pins_meta(pins_board *board, const char *name, const char *version, char **json);
/** What 'pins versions --json' prints: oldest first. */
PINS_API int pins_versions(pins_board *board, const char *name, char **json);
/** What 'pins list --json' prints, or with 'text' not NULL 'pins search --json'. */
PINS_API int pins_list(pins_board *board, const char *text, char **json);
/** What 'pins diff --json' prints: which bytes of 'version' are not in 'since'; NULL is the latest,
    for both. */
PINS_API int pins_diff(
    pins_board *board, const char *name, const char *since, const char *version, char **json);
/** What 'pins stats --json' prints; 'name' NULL is the whole board. */
PINS_API int pins_stats(pins_board *board, const char *name, char **json);

/* ---- Changing and maintaining ---- */

/** Points a label at a version, NULL is the latest. */
PINS_API int pins_label(
    pins_board *board, const char *name, const char *label, const char *version);
/** Takes a label away. */
PINS_API int pins_unlabel(pins_board *board, const char *name, const char *label);
/** Removes a version, or with NULL the pin. 'json' gets an array of names of versions. */
PINS_API int pins_delete(pins_board *board, const char *name, const char *version, char **json);
/** Removes all but the newest 'keep' versions, at least 1. 'json' as for pins_delete. */
PINS_API int pins_prune(pins_board *board, const char *name, uint64_t keep, char **json);

/** By exactly one rule: 'keep', or 'days' with 'by_days'. The latest version always stays. */
typedef struct pins_prune_options {
    size_t size;
    /** How many of the newest versions stay; 0 is no such rule. */
    uint64_t keep;
    /** How old, in days of 24 hours, a version may be to stay. */
    uint64_t days;
    /** 1: by 'days', which may be 0. */
    int32_t by_days;
    /** 1: nothing is removed; 'json' says what would be. */
    int32_t dry_run;
} pins_prune_options;

/** Removes versions by a rule. 'json' as for pins_delete. */
PINS_API int pins_prune_by(
    pins_board *board, const char *name, const pins_prune_options *options, char **json);

typedef struct pins_gc_options {
    size_t size;
    /** How many seconds what is condemned is left alone; 0 is a day, a negative number none. */
    int64_t grace;
    /** 1 promises that nobody else writes: everything is freed in one run. */
    int32_t exclusive;
    int32_t dry_run;
    pins_progress_function progress;
    void *progress_user;
} pins_gc_options;

/** Gives space back that no version needs. 'json' gets what 'pins gc --json' prints. */
PINS_API int pins_gc(pins_board *board, const pins_gc_options *options, char **json);

typedef struct pins_verify_options {
    size_t size;
    /** 1: every byte is read. */
    int32_t data;
    /** 1: what can be mended is mended. */
    int32_t repair;
    pins_progress_function progress;
    void *progress_user;
} pins_verify_options;

/** Checks a board. 'json' gets what 'pins verify --json' prints, also with PINS_CORRUPT. */
PINS_API int pins_verify(pins_board *board, const pins_verify_options *options, char **json);

typedef struct pins_copy_options {
    size_t size;
    /** 1: only the latest version of each pin. */
    int32_t latest;
    int32_t reserved;
    pins_progress_function progress;
    void *progress_user;
} pins_copy_options;

/** Copies a pin, or with NULL all, from 'source' to 'destination', of any kinds; what is there is
    left alone. The message and cancellation are those of 'destination'. */
PINS_API int pins_copy(
    pins_board *source, pins_board *destination, const char *name,
    const pins_copy_options *options, char **json);

/* ---- Backends ---- */

/** What a backend promises. */
enum {
    /** Of several concurrent creations of one key exactly one succeeds. */
    PINS_BACKEND_ATOMIC_CREATE = 1,
    /** A list that begins after a put returned contains its object. */
    PINS_BACKEND_STRONG_LIST = 2,
    /** A ranged get moves only that range. */
    PINS_BACKEND_RANGE = 4,
    /** Nothing can be written. */
    PINS_BACKEND_READ_ONLY = 8,
    /** Every call is a request to another machine. */
    PINS_BACKEND_REMOTE = 16
};

/** What became of a put. */
enum { PINS_PUT_CREATED = 0, PINS_PUT_EXISTS = 1, PINS_PUT_UNKNOWN = 2 };

/** A place that keeps named objects, as a table of functions: FORMAT.md 9.1 says what they must do.
    Keys are ASCII: a-z 0-9 . _ - in components joined by '/'. Functions are called by several
    threads at once and return a pins_status: 0, PINS_NOT_FOUND, PINS_UNAVAILABLE,
    PINS_CANNOT_CREATE (nothing may be written), PINS_IO_ERROR, PINS_TRY_AGAIN (throttled),
    PINS_NOT_PERMITTED; any other is taken as PINS_IO_ERROR. */
typedef struct pins_backend {
    size_t size;
    void *user;
    /** For messages; NULL is "backend". */
    const char *description;
    uint32_t capabilities;
    uint32_t reserved;
    /** The largest object in bytes; 0 is no limit. */
    uint64_t maximum_object;
    /** Reads an object, or 'count' bytes from 'start' ('count' UINT64_MAX: to its end), and hands
        them to pins_sink_bytes, in one or several pieces. A range that does not lie inside the
        object is PINS_USAGE. */
    int (*get)(void *user, const char *key, uint64_t start, uint64_t count, pins_sink *sink);
    /** Writes an object whole. With 'if_absent' one that exists stays: PINS_PUT_EXISTS. With
        'durable' it survives a power cut when the function returns. */
    int (*put)(
        void *user, const char *key, const void *bytes, size_t count, int if_absent, int durable,
        int *outcome);
    /** Lists keys that begin with 'prefix' and are greater than 'after' (NULL: all), ascending by
        bytes, with pins_sink_object. '*is_last' is set to 0 where more follow; it is 1 before. */
    int (*list)(
        void *user, const char *prefix, const char *after, pins_sink *sink, int *is_last);
    /** The size of an object and when it was written, in seconds since 1970, 0 if not known. */
    int (*stat)(void *user, const char *key, uint64_t *byte_count, int64_t *modified);
    /** Removes an object; one that is absent is a success. */
    int (*remove)(void *user, const char *key);
    /** Called once when no handle needs the backend any more; may be NULL. */
    void (*release)(void *user);
} pins_backend;

/** Opens or makes an engine board over the caller's backend. All functions but 'release' are
    needed. Gives a handle also where it fails; 'release' is called then as well. */
PINS_API int pins_open_backend(
    const pins_backend *backend, const pins_open_options *options, pins_board **board);

/** Hands out bytes of an object; more than were asked for are PINS_USAGE. */
PINS_API int pins_sink_bytes(pins_sink *sink, const void *bytes, size_t count);
/** Hands out one object of a list; 'modified' is 0 if not known. */
PINS_API int pins_sink_object(
    pins_sink *sink, const char *key, uint64_t byte_count, int64_t modified);

#ifdef __cplusplus
}
#endif

#endif

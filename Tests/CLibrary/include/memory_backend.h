/* A backend in C: objects in memory, in a list that is kept in order. */

#ifndef MEMORY_BACKEND_H
#define MEMORY_BACKEND_H

#include <pins.h>

typedef struct memory_backend memory_backend;

memory_backend *memory_backend_make(void);
/** The table of functions of a backend; 'release' frees it. */
pins_backend memory_backend_table(memory_backend *backend);
/** How many backends have been released. */
int memory_backend_released(void);
/** From now on every call fails with 'status'; 0 ends that. */
void memory_backend_fail(memory_backend *backend, int status);

#endif

/* What the Swift side of the library needs from C. Not installed. */

#ifndef PINS_PRIVATE_H
#define PINS_PRIVATE_H

/* Adds to the number of callbacks that this thread is in, and returns it. */
int pins_private_callback_depth(int change);

#endif

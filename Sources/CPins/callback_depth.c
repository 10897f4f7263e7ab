#include "pins_private.h"

static _Thread_local int depth;

int pins_private_callback_depth(int change) {
    depth += change;
    return depth;
}

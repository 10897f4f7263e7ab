// XXH64 as a stream and XXH3 of 128 bits in one call: both are of the stable interface.
#include <xxhash.h>

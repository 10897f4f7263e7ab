// Taken: the difference of two 32-bit hashes, as the package ships it.
#include "../../../../Sources/CPinKernels/gear.c"
#include "../../../../Sources/CPinKernels/gear_lanes.c"

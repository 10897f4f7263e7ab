// Only the event level of the parser is used.
#include <yaml.h>

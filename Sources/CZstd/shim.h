// ZSTD_CCtx_refPrefix and its kin need the stable API only; nothing static is used.
#include <zstd.h>
#include <zstd_errors.h>

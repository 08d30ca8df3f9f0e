#ifndef QUORATE_CZSTD_SHIM_H
#define QUORATE_CZSTD_SHIM_H

#include <zstd.h>
#include <zstd_errors.h>

#endif

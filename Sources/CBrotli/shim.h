#ifndef QUORATE_CBROTLI_SHIM_H
#define QUORATE_CBROTLI_SHIM_H

#include <brotli/decode.h>
#include <brotli/encode.h>

#endif

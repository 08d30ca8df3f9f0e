#ifndef QUORATE_CZLIB_SHIM_H
#define QUORATE_CZLIB_SHIM_H

#include <zlib.h>

/* inflateInit2 and deflateInit2 are macros, which Swift does not import. 16 asks for the gzip format and nothing else. */
static inline int quorate_gzip_decoder(z_stream *stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}

static inline int quorate_gzip_encoder(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}

#endif

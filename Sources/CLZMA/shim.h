#ifndef QUORATE_CLZMA_SHIM_H
#define QUORATE_CLZMA_SHIM_H

#include <lzma.h>

/* LZMA_CONCATENATED is a macro with a cast, which Swift does not import. */
static inline lzma_ret quorate_xz_decoder(lzma_stream *stream, uint64_t memory_limit) {
    return lzma_stream_decoder(stream, memory_limit, LZMA_CONCATENATED);
}

static inline lzma_ret quorate_lzip_decoder(lzma_stream *stream, uint64_t memory_limit) {
    return lzma_lzip_decoder(stream, memory_limit, LZMA_CONCATENATED);
}

#endif

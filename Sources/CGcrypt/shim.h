#ifndef QUORATE_CGCRYPT_SHIM_H
#define QUORATE_CGCRYPT_SHIM_H

#include <gcrypt.h>

/// Makes libgcrypt ready, once in a process; returns 0 when it is too old.
///
/// Variadic functions cannot be called from Swift. Secrets lie in pages that are wiped when freed, and that are not
/// swapped out where the limit for locked memory allows it; where it does not, nothing is said about it, because
/// these lines go to standard error behind the program's back. The pool grows instead of ending the process.
static inline int quorate_gcrypt_initialize(void) {
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) return 1;
    if (!gcry_check_version("1.8.2")) return 0;
    gcry_control(GCRYCTL_DISABLE_PRIV_DROP);
    gcry_control(GCRYCTL_SUSPEND_SECMEM_WARN);
    gcry_control(GCRYCTL_AUTO_EXPAND_SECMEM, 65536U, 0);
    gcry_control(GCRYCTL_INIT_SECMEM, 65536U, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    return 1;
}

#endif

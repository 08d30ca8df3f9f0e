#ifndef QUORATE_CFILESYSTEM_SHIM_H
#define QUORATE_CFILESYSTEM_SHIM_H

#include <stddef.h>
#include <sys/types.h>

/* Calls of the C library that Swift's Glibc module leaves out: it is built without _GNU_SOURCE and <sys/xattr.h>. */
int syncfs(int descriptor);
ssize_t flistxattr(int descriptor, char *list, size_t size);
int fremovexattr(int descriptor, const char *name);

#endif

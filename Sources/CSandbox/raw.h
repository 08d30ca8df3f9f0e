// System calls without errno: a result from -4095 to -1 is the error number with its sign turned. The child of a
// spawn shares memory and thread-local storage with its parent, where an errno written by both would be anyone's.
#ifndef CSANDBOX_RAW_H
#define CSANDBOX_RAW_H

#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}
#else
#error "The sandbox knows x86_64 and aarch64."
#endif

#define RAW_PICK(_1, _2, _3, _4, _5, _6, _7, NAME, ...) NAME
#define raw(...) \
    RAW_PICK(__VA_ARGS__, raw_6, raw_5, raw_4, raw_3, raw_2, raw_1, raw_0, 0)(__VA_ARGS__)
#define raw_0(n) raw6(n, 0, 0, 0, 0, 0, 0)
#define raw_1(n, a) raw6(n, (long)(a), 0, 0, 0, 0, 0)
#define raw_2(n, a, b) raw6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define raw_3(n, a, b, c) raw6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define raw_4(n, a, b, c, d) raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define raw_5(n, a, b, c, d, e) raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define raw_6(n, a, b, c, d, e, f) \
    raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

// Around what runs in a child that shares its parent's memory: the tools which watch memory and threads would take it
// for the parent, and never see it return.
#if defined(__clang__)
#define BEGIN_CHILD \
    _Pragma("clang attribute push(__attribute__((disable_sanitizer_instrumentation)), apply_to = function)")
#define END_CHILD _Pragma("clang attribute pop")
#else
#define BEGIN_CHILD
#define END_CHILD
#endif

// Numbers that are the same on every architecture, for headers which are older than the kernel.
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

#endif

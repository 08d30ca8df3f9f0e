// The filter of system calls. It refuses what a build has no business with and the namespaces do not cover:
//
// - set-id bits on files (EPERM) and extended attributes, ACLs among them (ENOTSUP): as nix answers. An output cannot
//   have them, and a set-id file would be somebody's key to the build user's or the caller's id.
// - ways around that: fchmodat2, openat2 and io_uring answer as on a kernel which lacks them (ENOSYS), as every
//   program has to expect.
// - key rings (ENOSYS): they are the user's, not a namespace's, and would let a build read the caller's keys.
// - sockets that are not local, of the Internet or of netlink (EAFNOSUPPORT): vsock, for one, knows no namespaces and
//   reaches the machine's host and other builds. i386's socketcall hides the family from a filter and stays.
//
// Everything else is allowed: what is inside the namespaces is the build's own.

#include "CSandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define SET_ID 06000
#define ABSENT (-1)

/// The numbers of one architecture; ABSENT where it lacks the call.
struct calls {
    uint32_t architecture;
    int chmod, fchmod, fchmodat; // their mode is argument 1, 1 and 2
    int open, openat;            // flags 1 and 2, mode 2 and 3
    int creat, mknod, mknodat;   // mode 1, 1 and 2
    int socket;
    int attributes[3]; // setxattr, lsetxattr, fsetxattr
    int keys[3];       // add_key, request_key, keyctl
    int create;        // the bits O_CREAT and O_TMPFILE, of which any makes a mode count
};

static const struct calls architectures[] = {
#if defined(__x86_64__)
    {AUDIT_ARCH_X86_64, 90, 91, 268, 2, 257, 85, 133, 259, 41, {188, 189, 190}, {248, 249, 250}, 020000100},
    {AUDIT_ARCH_I386, 15, 94, 306, 5, 295, 8, 14, 297, 359, {226, 227, 228}, {286, 287, 288}, 020000100},
#elif defined(__aarch64__)
    {AUDIT_ARCH_AARCH64, ABSENT, 52, 53, ABSENT, 56, ABSENT, ABSENT, 33, 198, {5, 6, 7}, {217, 218, 219}, 020000100},
    {AUDIT_ARCH_ARM, 15, 94, 333, 5, 322, 8, 14, 324, 281, {226, 227, 228}, {309, 310, 311}, 020000100},
#endif
};

// The same everywhere: setxattrat, and what answers as if it did not exist.
#define SETXATTRAT 463
static const int missing[] = {425 /* io_uring_setup */, 437 /* openat2 */, 452 /* fchmodat2 */};

struct program {
    struct sock_filter *code;
    size_t length;
};

static void add(struct program *program, uint16_t code, uint32_t operand, uint8_t on_true, uint8_t on_false) {
    if (program->length == CSANDBOX_FILTER_LENGTH) __builtin_trap();
    program->code[program->length] = (struct sock_filter){code, on_true, on_false, operand};
    program->length += 1;
}

static void load(struct program *program, size_t offset) {
    add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

// The lower half of an argument: the kernel reads no more of a mode, of flags or of a family.
static void load_argument(struct program *program, int index) {
    load(program, offsetof(struct seccomp_data, args) + (size_t)index * 8);
}

static void answer(struct program *program, uint32_t action) { add(program, BPF_RET | BPF_K, action, 0, 0); }

static void refuse(struct program *program, int error) {
    answer(program, SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA));
}

static void refuse_call(struct program *program, int number, int error) {
    if (number == ABSENT) return;
    add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    refuse(program, error);
}

/// Every rule ends with an answer, so that the number is still loaded where the next one begins.
static void refuse_set_id(struct program *program, int number, int mode) {
    if (number == ABSENT) return;
    add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    load_argument(program, mode);
    add(program, BPF_JMP | BPF_JSET | BPF_K, SET_ID, 0, 1);
    refuse(program, EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

/// Without one of the bits that make a file the mode is whatever the register held.
static void refuse_set_id_when_made(struct program *program, int number, int flags, int create) {
    if (number == ABSENT) return;
    add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 6);
    load_argument(program, flags);
    add(program, BPF_JMP | BPF_JSET | BPF_K, (uint32_t)create, 0, 3);
    load_argument(program, flags + 1);
    add(program, BPF_JMP | BPF_JSET | BPF_K, SET_ID, 0, 1);
    refuse(program, EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

static void allow_families(struct program *program, int number) {
    static const uint32_t families[] = {1 /* Unix */, 2 /* IPv4 */, 10 /* IPv6 */, 16 /* netlink */};
    const uint8_t count = ARRAY_LENGTH(families);
    add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, (uint8_t)(count + 3));
    load_argument(program, 0);
    for (uint8_t i = 0; i < count; i += 1) {
        add(program, BPF_JMP | BPF_JEQ | BPF_K, families[i], (uint8_t)(count - i), 0);
    }
    refuse(program, EAFNOSUPPORT);
    answer(program, SECCOMP_RET_ALLOW);
}

static void add_rules(struct program *program, const struct calls *calls) {
    load(program, offsetof(struct seccomp_data, nr));
    refuse_set_id(program, calls->chmod, 1);
    refuse_set_id(program, calls->fchmod, 1);
    refuse_set_id(program, calls->fchmodat, 2);
    refuse_set_id_when_made(program, calls->open, 1, calls->create);
    refuse_set_id_when_made(program, calls->openat, 2, calls->create);
    refuse_set_id(program, calls->creat, 1);
    refuse_set_id(program, calls->mknod, 1);
    refuse_set_id(program, calls->mknodat, 2);
    allow_families(program, calls->socket);
    for (size_t i = 0; i < ARRAY_LENGTH(calls->attributes); i += 1) {
        refuse_call(program, calls->attributes[i], ENOTSUP);
        refuse_call(program, calls->keys[i], ENOSYS);
    }
    refuse_call(program, SETXATTRAT, ENOTSUP);
    for (size_t i = 0; i < ARRAY_LENGTH(missing); i += 1) refuse_call(program, missing[i], ENOSYS);
    // x32, which no distribution offers: the numbers from here on.
    if (calls->architecture == AUDIT_ARCH_X86_64) {
        add(program, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
        refuse(program, ENOSYS);
    }
    answer(program, SECCOMP_RET_ALLOW);
}

size_t csandbox_filter(void *code) {
    struct program program = {code, 0};
    for (size_t i = 0; i < ARRAY_LENGTH(architectures); i += 1) {
        load(&program, offsetof(struct seccomp_data, arch));
        // The rules are too many for the distance of a conditional jump.
        add(&program, BPF_JMP | BPF_JEQ | BPF_K, architectures[i].architecture, 1, 0);
        size_t jump = program.length;
        add(&program, BPF_JMP | BPF_JA, 0, 0, 0);
        add_rules(&program, &architectures[i]);
        program.code[jump].k = (uint32_t)(program.length - jump - 1);
    }
    // An architecture whose calls are not known.
    answer(&program, SECCOMP_RET_KILL_PROCESS);
    return program.length;
}

// Answers system calls of a builder in the kernel's place, so that one can see what a build makes of another time,
// kernel or order of files. The kernel stops the caller, hands us the call, and lets the caller go on with our answer
// (seccomp_unotify(2)).
//
// What this does not reach: the times that the kernel gives to files, how long waiting takes, the processor's own
// counter, 32-bit programs, and a program that makes none of the calls in STARTS before it reads a clock.

#include "raw.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <unistd.h>


#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static int changes_clocks(const struct csandbox_view *view) {
    return view->clock_offset != 0 || view->clock_percent != 100;
}

// The filter. Runs in the child of a spawn as well: nothing but memory of its caller.

struct program {
    struct sock_filter *code;
    size_t length;
};

static void add(struct program *program, uint16_t code, uint32_t operand, uint8_t on_true, uint8_t on_false) {
    program->code[program->length] = (struct sock_filter){code, on_true, on_false, operand};
    program->length += 1;
}

static void hear(struct program *program, uint32_t number) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
    add(program, BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF, 0, 0);
}

/// Only with this first argument.
static void hear_argument(struct program *program, uint32_t number, uint32_t argument) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4);
    add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args), 0, 0);
    add(program, BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1);
    add(program, BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF, 0, 0);
    add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

size_t csandbox_view_filter(const struct csandbox_view *view, void *code) {
    struct program program = {code, 0};
    add(&program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCHITECTURE, 1, 0);
    add(&program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    add(&program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    if (changes_clocks(view)) {
        hear(&program, SYS_clock_gettime);
        hear(&program, SYS_gettimeofday);
#if defined(__x86_64__)
        hear(&program, SYS_time);
        // STARTS, for clocks.c: what C libraries and Go's runtime do once, first of all, in a new program.
        hear_argument(&program, SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */);
#endif
        hear_argument(&program, SYS_brk, 0);
        hear(&program, SYS_set_tid_address);
    }
    if (view->release != 0 || view->version != 0) hear(&program, SYS_uname);
    if (view->reverses_directories) hear(&program, SYS_getdents64);
    add(&program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    return program.length;
}

// The memory of a caller

/// Opens it, and makes sure that the caller is still the one that waits: a number of a process is used again.
static int open_memory(const struct view *view, const struct seccomp_notif *call) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%u/mem", call->pid);
    int memory = open(path, O_RDWR | O_CLOEXEC);
    if (memory >= 0 && ioctl(view->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id) != 0) {
        close(memory);
        errno = ESRCH;
        return -1;
    }
    return memory;
}

int64_t csandbox_write_memory(
    const struct view *view, const struct seccomp_notif *call, uint64_t address, const void *bytes, size_t size) {
    int memory = open_memory(view, call);
    if (memory < 0) return -EFAULT;
    ssize_t written = pwrite(memory, bytes, size, (off_t)address);
    close(memory);
    return written == (ssize_t)size ? 0 : -EFAULT;
}

// Names and folders

static int64_t answer_uname(const struct view *view, const struct seccomp_notif *call) {
    struct utsname name;
    uname(&name);
    // Those are of the builder's namespace, not of ours.
    snprintf(name.nodename, sizeof name.nodename, "%s", view->host_name);
    snprintf(name.domainname, sizeof name.domainname, "%s", view->domain_name);
    if (view->told.release != NULL) snprintf(name.release, sizeof name.release, "%s", view->release);
    if (view->told.version != NULL) snprintf(name.version, sizeof name.version, "%s", view->version);
#if defined(__x86_64__)
    if ((view->personality & PER_MASK) == PER_LINUX32) snprintf(name.machine, sizeof name.machine, "i686");
#elif defined(__aarch64__)
    if ((view->personality & PER_MASK) == PER_LINUX32) snprintf(name.machine, sizeof name.machine, "armv8l");
#endif
    return csandbox_write_memory(view, call, call->data.args[0], &name, sizeof name);
}

/// An entry of a folder, as the kernel lays it out.
struct entry {
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[];
};

// A program may ask for more at a time; it gets what fits, as from the kernel.
#define MOST_ENTRIES 65536

/// Turns one answer of the kernel round. Folders beyond what one call reads are turned round in pieces.
static void reverse(uint8_t *bytes, size_t size, uint8_t *reversed) {
    size_t end = size;
    size_t place = 0;
    while (place < size) {
        const struct entry *entry = (const struct entry *)(bytes + place);
        end -= entry->size;
        memcpy(reversed + end, entry, entry->size);
        place += entry->size;
    }
    // The places to go on from stay in the order that they had.
    size_t at = 0;
    place = 0;
    while (place < size) {
        struct entry *told = (struct entry *)(reversed + place);
        const struct entry *given = (const struct entry *)(bytes + at);
        told->next = given->next;
        place += told->size;
        at += given->size;
    }
}

static int64_t answer_getdents(const struct view *view, const struct seccomp_notif *call) {
    int64_t result = -EBADF;
    uint8_t *buffers = malloc(2 * MOST_ENTRIES);
    int process = (int)syscall(SYS_pidfd_open, call->pid, 0x80 /* PIDFD_THREAD */);
    // Before Linux 6.9 only the first thread of a process can be opened so.
    if (process < 0) process = (int)syscall(SYS_pidfd_open, call->pid, 0);
    int folder = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, (int)call->data.args[0], 0);
    if (buffers != NULL && folder >= 0) {
        uint64_t size = call->data.args[2] < MOST_ENTRIES ? call->data.args[2] : MOST_ENTRIES;
        result = raw(SYS_getdents64, folder, buffers, size);
    }
    if (result > 0) {
        reverse(buffers, (size_t)result, buffers + MOST_ENTRIES);
        int64_t error = csandbox_write_memory(view, call, call->data.args[1], buffers + MOST_ENTRIES, (size_t)result);
        if (error != 0) result = error;
    }
    if (folder >= 0) close(folder);
    if (process >= 0) close(process);
    free(buffers);
    return result;
}

// Answering

/// Sets the answer. `go_on`: the kernel answers itself.
static void answer(struct view *view, const struct seccomp_notif *call, struct seccomp_notif_resp *response) {
    int64_t result = 0;
    int go_on = 0;
    switch (call->data.nr) {
    case SYS_clock_gettime:
        result = csandbox_clock_gettime(view, call, &go_on);
        break;
    case SYS_gettimeofday:
        result = csandbox_gettimeofday(view, call);
        break;
#if defined(__x86_64__)
    case SYS_time:
        result = csandbox_time(view, call);
        break;
#endif
    case SYS_uname:
        result = answer_uname(view, call);
        break;
    case SYS_getdents64:
        result = answer_getdents(view, call);
        break;
    default:
        csandbox_redirect_clocks(view, call);
        go_on = 1;
        break;
    }
    response->id = call->id;
    response->flags = go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
    response->error = result < 0 ? (int32_t)result : 0;
    response->val = result < 0 ? 0 : result;
}

static void *answer_all(void *argument) {
    struct view *view = argument;
    // Larger than what today's kernels write, and zero as they want it.
    union {
        struct seccomp_notif call;
        uint8_t bytes[512];
    } request;
    union {
        struct seccomp_notif_resp response;
        uint8_t bytes[512];
    } reply;
    for (;;) {
        struct pollfd wait = {view->listener, POLLIN, 0};
        if (poll(&wait, 1, -1) < 0 && errno != EINTR) break;
        // Nobody is left who could call.
        if ((wait.revents & POLLIN) == 0 && (wait.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) break;
        if ((wait.revents & POLLIN) == 0) continue;
        memset(&request, 0, sizeof request);
        // The caller may be gone again.
        if (ioctl(view->listener, SECCOMP_IOCTL_NOTIF_RECV, &request.call) != 0) continue;
        memset(&reply, 0, sizeof reply);
        answer(view, &request.call, &reply.response);
        ioctl(view->listener, SECCOMP_IOCTL_NOTIF_SEND, &reply.response);
    }
    return NULL;
}

static void copy(char *to, const char *from) {
    if (from != NULL) snprintf(to, 65, "%s", from);
}

void *csandbox_start_view(const struct csandbox_spec *spec, int listener) {
    struct view *view = calloc(1, sizeof *view);
    if (view == NULL) {
        close(listener);
        return NULL;
    }
    view->told = *spec->view;
    view->personality = spec->personality;
    view->monotonic_offset = spec->monotonic_offset;
    view->listener = listener;
    copy(view->release, spec->view->release);
    copy(view->version, spec->view->version);
    copy(view->host_name, spec->host_name);
    copy(view->domain_name, spec->domain_name);
    clock_gettime(CLOCK_REALTIME, &view->start[0]);
    clock_gettime(CLOCK_MONOTONIC, &view->start[1]);
    int error = pthread_create(&view->thread, NULL, answer_all, view);
    if (error == 0) return view;
    close(listener);
    free(view);
    errno = error;
    return NULL;
}

int csandbox_end_view(struct csandbox_child *child) {
    struct view *view = child->view;
    if (view == NULL) return 0;
    child->view = NULL;
    pthread_join(view->thread, NULL);
    close(view->listener);
    int error = view->error;
    free(view);
    return error;
}

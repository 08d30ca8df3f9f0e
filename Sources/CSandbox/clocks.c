// The clocks that a builder is shown.
//
// Reading a clock needs no system call: the kernel maps code for it into every program ("vDSO"). When a program has
// just started it calls something that we hear of, and that code is then changed in its memory, and there alone, to
// make the call, which we answer.

#include "raw.h"
#include "view.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define NANOSECONDS 1000000000LL

static int64_t nanoseconds(struct timespec time) { return time.tv_sec * NANOSECONDS + time.tv_nsec; }

/// What a clock tells the builder, and whether it is one that we answer for.
static int read_clock(const struct view *view, clockid_t clock, struct timespec *time) {
    int is_monotonic;
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        is_monotonic = 0;
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        // Without another speed the kernel knows best.
        if (view->told.clock_percent == 100) return 0;
        is_monotonic = 1;
        break;
    default:
        return 0;
    }
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return 0;
    int64_t start = nanoseconds(view->start[is_monotonic]);
    int64_t told = nanoseconds(now);
    if (view->told.clock_percent != 100) {
        // In parts, since the product does not fit.
        int64_t passed = told - start;
        told = start + passed / 100 * view->told.clock_percent + passed % 100 * view->told.clock_percent / 100;
    }
    told += (is_monotonic ? view->monotonic_offset : view->told.clock_offset) * NANOSECONDS;
    if (told < 0) told = 0;
    *time = (struct timespec){told / NANOSECONDS, told % NANOSECONDS};
    return 1;
}

int64_t csandbox_clock_gettime(const struct view *view, const struct seccomp_notif *call, int *go_on) {
    struct timespec time;
    if (!read_clock(view, (clockid_t)call->data.args[0], &time)) {
        *go_on = 1;
        return 0;
    }
    return csandbox_write_memory(view, call, call->data.args[1], &time, sizeof time);
}

int64_t csandbox_gettimeofday(const struct view *view, const struct seccomp_notif *call) {
    struct timespec time = {0, 0};
    read_clock(view, CLOCK_REALTIME, &time);
    struct timeval told = {time.tv_sec, time.tv_nsec / 1000};
    struct timezone zone = {0, 0};
    int64_t result = 0;
    if (call->data.args[0] != 0) result = csandbox_write_memory(view, call, call->data.args[0], &told, sizeof told);
    if (result == 0 && call->data.args[1] != 0) {
        result = csandbox_write_memory(view, call, call->data.args[1], &zone, sizeof zone);
    }
    return result;
}

int64_t csandbox_time(const struct view *view, const struct seccomp_notif *call) {
    struct timespec time = {0, 0};
    read_clock(view, CLOCK_REALTIME, &time);
    if (call->data.args[0] != 0) {
        int64_t result = csandbox_write_memory(view, call, call->data.args[0], &time.tv_sec, sizeof time.tv_sec);
        if (result != 0) return result;
    }
    return time.tv_sec;
}

// The code that reads clocks without a call

#if defined(__x86_64__)
// mov $number, %eax; syscall; ret
#define STUB_SIZE 8
static void make_stub(uint8_t *stub, uint32_t number) {
    stub[0] = 0xb8;
    memcpy(stub + 1, &number, 4);
    memcpy(stub + 5, "\x0f\x05\xc3", 3);
}
#define VDSO_PREFIX "__vdso_"
#elif defined(__aarch64__)
// mov x8, #number; svc #0; ret
#define STUB_SIZE 12
static void make_stub(uint8_t *stub, uint32_t number) {
    uint32_t code[3] = {0xd2800008 | number << 5, 0xd4000001, 0xd65f03c0};
    memcpy(stub, code, sizeof code);
}
#define VDSO_PREFIX "__kernel_"
#endif

static const struct {
    const char *name;
    uint32_t number;
} clock_functions[] = {
    {VDSO_PREFIX "clock_gettime", SYS_clock_gettime},
    {VDSO_PREFIX "gettimeofday", SYS_gettimeofday},
#if defined(__x86_64__)
    {VDSO_PREFIX "time", SYS_time},
#endif
};

/// Where a function is, from the start of the code; 0 when there is none. Every program has the same code: ours too.
static uint64_t offset_of(const char *wanted) {
    const uint8_t *image = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
    if (image == NULL) return 0;
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
    const Elf64_Phdr *segments = (const Elf64_Phdr *)(image + header->e_phoff);
    const Elf64_Dyn *dynamic = NULL;
    uint64_t base = 0;
    for (int i = 0; i < header->e_phnum; i += 1) {
        if (segments[i].p_type == PT_DYNAMIC) dynamic = (const Elf64_Dyn *)(image + segments[i].p_offset);
        if (segments[i].p_type == PT_LOAD) base = segments[i].p_vaddr - segments[i].p_offset;
    }
    const char *names = NULL;
    const Elf64_Sym *symbols = NULL;
    if (dynamic == NULL) return 0;
    for (; dynamic->d_tag != DT_NULL; dynamic += 1) {
        if (dynamic->d_tag == DT_STRTAB) names = (const char *)(image + dynamic->d_un.d_ptr - base);
        if (dynamic->d_tag == DT_SYMTAB) symbols = (const Elf64_Sym *)(image + dynamic->d_un.d_ptr - base);
    }
    // The names come right after the symbols in this image; a symbol behind them would not be one.
    if (names == NULL || symbols == NULL || (const char *)symbols > names) return 0;
    for (const Elf64_Sym *symbol = symbols; (const char *)(symbol + 1) <= names; symbol += 1) {
        if (strcmp(names + symbol->st_name, wanted) == 0) return symbol->st_value - base;
    }
    return 0;
}

/// Where the code is in the caller's memory; 0 when it has none.
static uint64_t image_of(const struct seccomp_notif *call) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%u/auxv", call->pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    Elf64_auxv_t vector[64];
    ssize_t size = read(file, vector, sizeof vector);
    close(file);
    for (size_t i = 0; size > 0 && i < (size_t)size / sizeof vector[0]; i += 1) {
        if (vector[i].a_type == AT_SYSINFO_EHDR) return vector[i].a_un.a_val;
    }
    return 0;
}

void csandbox_redirect_clocks(struct view *view, const struct seccomp_notif *call) {
    uint64_t image = image_of(call);
    if (image == 0) return;
    for (size_t i = 0; i < ARRAY_LENGTH(clock_functions); i += 1) {
        uint64_t offset = offset_of(clock_functions[i].name);
        if (offset == 0) {
            view->error = ENOSYS;
            continue;
        }
        uint8_t stub[STUB_SIZE];
        make_stub(stub, clock_functions[i].number);
        if (csandbox_write_memory(view, call, image + offset, stub, sizeof stub) != 0) {
            // A program that was killed meanwhile is no trouble.
            if (ioctl(view->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id) == 0) view->error = EPERM;
        }
    }
}

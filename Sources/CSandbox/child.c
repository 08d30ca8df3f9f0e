// The child's half of a spawn. It runs in the parent's memory, so: bare system calls only, nothing is allocated, and
// what it is given is never changed. Its stages are in the order in which they are done; the steps of a plan are in
// steps.c.

#include "child.h"
#include "raw.h"
#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/if.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define MNT_DETACH 2 // of sys/mount.h, which cannot stand beside linux/mount.h in some versions

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

BEGIN_CHILD

/// Says something to the parent and waits for its answer.
///
/// A parent that was killed never answers, and until it executes this process holds the parent's descriptors, locks
/// among them: it must not wait for ever. Where the parent was dead before it could be asked for a signal, time helps.
static long ask(struct child_state *state, uint32_t word) {
    const struct { int64_t seconds, nanoseconds; } patience = {20, 0};
    CHECK(raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
    __atomic_store_n(&state->word, word, __ATOMIC_SEQ_CST);
    raw(SYS_futex, &state->word, FUTEX_WAKE, 1, 0, 0, 0);
    while (__atomic_load_n(&state->word, __ATOMIC_SEQ_CST) == word) {
        long result = raw(SYS_futex, &state->word, FUTEX_WAIT, word, &patience, 0, 0);
        if (result == -ETIMEDOUT) return result;
    }
    return 0;
}

/// Waits until the parent has written the id maps, then takes the ids inside.
static long take_identity(struct child_state *state) {
    const struct csandbox_spec *spec = state->spec;
    CHECK(ask(state, word_wants_maps));
    CHECK(raw(SYS_setresgid, spec->inside_group, spec->inside_group, spec->inside_group));
    return raw(SYS_setresuid, spec->inside_user, spec->inside_user, spec->inside_user);
}

static long mount_root(const struct csandbox_spec *spec, int *disk) {
    long opened = raw(SYS_openat, AT_FDCWD, spec->root, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CHECK(opened);
    *disk = (int)opened;
    // Nobody else gets to what the builder leaves in there: neither to a half-made output nor to a set-id file.
    CHECK(raw(SYS_fchmodat, AT_FDCWD, spec->root, 0700));
    CHECK(raw(SYS_mount, "tmpfs", spec->root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0750"));
    CHECK(raw(SYS_chdir, spec->root));
    // Shown as the daemons show it: the builder's group.
    return spec->changes_user ? raw(SYS_fchownat, AT_FDCWD, ".", -1, spec->outside_group, 0) : 0;
}

static long do_steps(struct child_state *state, int disk) {
    const struct csandbox_spec *spec = state->spec;
    for (size_t i = 0; i < spec->step_count; i += 1) {
        state->step = i;
        CHECK(csandbox_do_step(spec, &spec->steps[i], disk));
    }
    return 0;
}

static long make_read_only(struct child_state *state) {
    const struct csandbox_spec *spec = state->spec;
    // Only now: who makes the steps has to be able to write there.
    CHECK(raw(SYS_fchmodat, AT_FDCWD, ".", spec->root_mode));
    CHECK(csandbox_set_read_only(".", AT_RECURSIVE, 1));
    for (size_t i = 0; i < spec->step_count; i += 1) {
        const struct csandbox_step *step = &spec->steps[i];
        if (!csandbox_is_writable(step)) continue;
        state->step = i;
        long result = csandbox_set_read_only(step->path, AT_SYMLINK_NOFOLLOW, 0);
        // An optional source that was missing, or a link: nothing was mounted.
        if ((result == -ENOENT || result == -EINVAL) && step->kind == csandbox_bind) continue;
        CHECK(result);
    }
    return 0;
}

static long pivot(void) {
    CHECK(raw(SYS_pivot_root, ".", "."));
    CHECK(raw(SYS_umount2, ".", MNT_DETACH));
    return raw(SYS_chdir, "/");
}

static long set_names(const struct csandbox_spec *spec) {
    CHECK(raw(SYS_sethostname, spec->host_name, length(spec->host_name)));
    return raw(SYS_setdomainname, spec->domain_name, length(spec->domain_name));
}

static long raise_loopback(void) {
    struct ifreq request = {0};
    request.ifr_name[0] = 'l';
    request.ifr_name[1] = 'o';
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    long socket = raw(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(socket);
    CHECK(raw(SYS_ioctl, socket, 0x8914 /* SIOCSIFFLAGS */, &request));
    return raw(SYS_close, socket);
}

static long write_text(const char *path, const char *text, long size) {
    long file = raw(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
    CHECK(file);
    long written = raw(SYS_write, file, text, size);
    raw(SYS_close, file);
    return written;
}

static long append_number(char *text, long at, int64_t number) {
    char digits[24];
    int count = 0;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    if (number < 0) text[at++] = '-';
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    while (count > 0) text[at++] = digits[--count];
    return at;
}

/// Shifts the clocks that a time namespace has. The namespace is entered by executing.
static long shift_clocks(const struct csandbox_spec *spec) {
    CHECK(raw(SYS_unshare, CLONE_NEWTIME));
    char text[128];
    const char *names[] = {"monotonic ", "boottime "};
    int64_t offsets[] = {spec->monotonic_offset, spec->boot_offset};
    long at = 0;
    for (int i = 0; i < 2; i += 1) {
        for (const char *name = names[i]; *name != 0; name += 1) text[at++] = *name;
        at = append_number(text, at, offsets[i]);
        text[at++] = ' ';
        text[at++] = '0';
        text[at++] = '\n';
    }
    return write_text("/proc/self/timens_offsets", text, at);
}

static long set_descriptors(struct child_state *state) {
    CHECK(raw(SYS_setsid));
    CHECK(raw(SYS_dup3, state->null, 0, 0));
    CHECK(raw(SYS_dup3, state->output, 1, 0));
    CHECK(raw(SYS_dup3, state->output, 2, 0));
    return raw(SYS_close_range, 3, ~0U, 0);
}

static long set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct { uint64_t soft, hard; } limit = {soft, hard};
    return raw(SYS_prlimit64, 0, resource, &limit, 0);
}

static long lower_limit(int resource, uint64_t value) {
    struct { uint64_t soft, hard; } limit;
    CHECK(raw(SYS_prlimit64, 0, resource, 0, &limit));
    if (limit.hard < value) value = limit.hard;
    return set_limit(resource, value, value);
}

static long set_limits(const struct csandbox_spec *spec) {
    struct { uint64_t soft, hard; } core;
    CHECK(raw(SYS_prlimit64, 0, RLIMIT_CORE, 0, &core));
    // Only the soft one, as the daemons do: a build may still ask for a core file.
    CHECK(set_limit(RLIMIT_CORE, 0, core.hard));
    if (spec->process_limit != CSANDBOX_UNLIMITED) CHECK(lower_limit(RLIMIT_NPROC, spec->process_limit));
    if (spec->file_limit != CSANDBOX_UNLIMITED) CHECK(lower_limit(RLIMIT_FSIZE, spec->file_limit));
    return 0;
}

/// Leaves as many processors as were asked for, the first of those that the caller may use.
static long limit_processors(uint32_t count) {
    unsigned long mask[128] = {0};
    long size = raw(SYS_sched_getaffinity, 0, sizeof mask, mask);
    CHECK(size);
    for (long i = 0; i < size * 8; i += 1) {
        unsigned long *word = &mask[i / 64];
        unsigned long bit = 1UL << (i % 64);
        if ((*word & bit) == 0) continue;
        if (count == 0) {
            *word &= ~bit;
        } else {
            count -= 1;
        }
    }
    return raw(SYS_sched_setaffinity, 0, size, mask);
}

static long set_personality(const struct csandbox_spec *spec) {
    CHECK(raw(SYS_personality, spec->personality));
    if (spec->processors != 0) CHECK(limit_processors(spec->processors));
    return 0;
}

/// In the host's network the names of abstract sockets are the host's. Where the kernel can (6.12), the builder is kept
/// from reaching those that others made. It is a second line: the first is that such outputs are copied.
static void keep_from_abstract_sockets(void) {
    struct { uint64_t files, network, scoped; } rules = {0, 0, 1 /* abstract Unix sockets */ | 2 /* signals */};
    long set = raw(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (set < 0) return;
    raw(SYS_landlock_restrict_self, set, 0);
    raw(SYS_close, set);
}

static long drop_privileges(const struct csandbox_spec *spec) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};
    CHECK(raw(SYS_capset, &header, none));
    // Not before: a change of ids clears it.
    CHECK(raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
    // The parent may have died before that. It alone reads the output, so nobody reads it any more.
    struct pollfd reader = {1, 0, 0};
    struct { int64_t seconds, nanoseconds; } now = {0, 0};
    CHECK(raw(SYS_ppoll, &reader, 1, &now, 0, 0));
    if (reader.revents & (POLLERR | POLLHUP)) return -EPIPE;
    CHECK(raw(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (spec->shares_network) keep_from_abstract_sockets();
    if (spec->filter == 0) return 0;
    struct sock_fprog program = {spec->filter_length, (struct sock_filter *)(uintptr_t)spec->filter};
    return raw(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/// The builder starts with every signal at its default and none blocked.
static long reset_signals(void) {
    struct { uint64_t handler, flags, restorer, mask; } standard = {0};
    for (int signal = 1; signal <= 64; signal += 1) {
        if (signal == SIGKILL || signal == SIGSTOP) continue;
        CHECK(raw(SYS_rt_sigaction, signal, &standard, 0, 8));
    }
    uint64_t none = 0;
    return raw(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
}

/// Calls of the builder that a view answers stop here, and the parent is handed the place where it hears of them.
static long hand_over_listener(struct child_state *state) {
    struct sock_filter code[CSANDBOX_VIEW_FILTER_LENGTH];
    struct sock_fprog program = {(uint16_t)csandbox_view_filter(state->spec->view, code), code};
    long listener =
        raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    CHECK(listener);
    state->listener = (int)listener;
    CHECK(ask(state, word_has_listener));
    return raw(SYS_close, listener);
}

#define STAGE(name, call) \
    do { \
        state->stage = csandbox_stage_##name; \
        long stage_result = (call); \
        if (stage_result < 0) return stage_result; \
    } while (0)

static long run(struct child_state *state) {
    const struct csandbox_spec *spec = state->spec;
    int disk = -1;
    raw(SYS_umask, 0);
    // An ordinary user has a user namespace from the start, which the mounts need. Root makes all as root, so that
    // folders above the store which only root enters are no obstacle, and changes to the build user at the end.
    if (!spec->changes_user) STAGE(identity, take_identity(state));
    STAGE(propagation, raw(SYS_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0));
    STAGE(root, mount_root(spec, &disk));
    STAGE(step, do_steps(state, disk));
    STAGE(read_only, make_read_only(state));
    STAGE(pivot, pivot());
    STAGE(names, set_names(spec));
    if (!spec->shares_network) STAGE(network, raise_loopback());
    // Before the ids change, after which the files of this process in /proc are not its own until it executes.
    if (spec->monotonic_offset != 0 || spec->boot_offset != 0) STAGE(clocks, shift_clocks(spec));
    if (spec->changes_user) {
        STAGE(identity, raw(SYS_setgroups, 0, 0));
        STAGE(identity, raw(SYS_unshare, CLONE_NEWUSER));
        STAGE(identity, take_identity(state));
    }
    if (!spec->nested_namespaces) STAGE(privileges, write_text("/proc/sys/user/max_user_namespaces", "0", 1));
    STAGE(descriptors, set_descriptors(state));
    STAGE(limits, set_limits(spec));
    STAGE(personality, set_personality(spec));
    STAGE(directory, raw(SYS_chdir, spec->working_directory));
    raw(SYS_umask, spec->umask);
    STAGE(privileges, reset_signals());
    STAGE(privileges, drop_privileges(spec));
    if (spec->view != 0) STAGE(view, hand_over_listener(state));
    state->stage = csandbox_stage_execute;
    return raw(SYS_execve, spec->executable, spec->arguments, spec->environment);
}

int csandbox_child(void *argument) {
    struct child_state *state = argument;
    state->error = (int)-run(state);
    raw(SYS_exit_group, 127);
    return 127;
}

END_CHILD

// The parent's half of a spawn.

#include "child.h"
#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

// The child's path buffers need about 8 KiB.
#define STACK_SIZE (64 * 1024)

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP)

int clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

static void close_if_open(int descriptor) {
    if (descriptor >= 0) close(descriptor);
}

/// Moves a descriptor away from the three that the child sets up.
static int above_standard(int descriptor) {
    if (descriptor < 0 || descriptor > 2) return descriptor;
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(descriptor);
    errno = error;
    return moved;
}

static int make_pipe(int *ends) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    for (int i = 0; i < 2; i += 1) ends[i] = above_standard(ends[i]);
    return ends[0] < 0 || ends[1] < 0 ? -1 : 0;
}

static int make_terminal(int *ends) {
    ends[0] = above_standard(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (ends[0] < 0 || unlockpt(ends[0]) != 0) return -1;
    ends[1] = above_standard(ioctl(ends[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    struct termios settings;
    if (ends[1] < 0 || tcgetattr(ends[1], &settings) != 0) return -1;
    cfmakeraw(&settings);
    return tcsetattr(ends[1], TCSANOW, &settings);
}

/// The end to read is the first. The builder owns the other, so that it may open /dev/stderr by its name.
static int make_output(const struct csandbox_spec *spec, int *ends) {
    if ((spec->has_terminal ? make_terminal(ends) : make_pipe(ends)) != 0) return -1;
    if (spec->changes_user && fchown(ends[1], spec->outside_user, spec->outside_group) != 0) return -1;
    return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

// Identity

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t written = write(file, text, strlen(text));
    int error = errno;
    close(file);
    errno = error;
    return written < 0 ? -1 : 0;
}

static int write_maps(const struct csandbox_spec *spec, pid_t pid) {
    char path[64];
    char text[64];
    snprintf(path, sizeof path, "/proc/%d/setgroups", pid);
    if (write_file(path, "deny") != 0) return -1;
    snprintf(path, sizeof path, "/proc/%d/gid_map", pid);
    snprintf(text, sizeof text, "%u %u 1", spec->inside_group, spec->outside_group);
    if (write_file(path, text) != 0) return -1;
    snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
    snprintf(text, sizeof text, "%u %u 1", spec->inside_user, spec->outside_user);
    return write_file(path, text);
}

static int join_control_groups(const struct csandbox_spec *spec, pid_t pid) {
    char text[16];
    int size = snprintf(text, sizeof text, "%d", pid);
    for (size_t i = 0; i < spec->control_group_count; i += 1) {
        if (write(spec->control_groups[i], text, (size_t)size) < 0) return -1;
    }
    return 0;
}

// A child that takes a build user's id shares our memory at that moment. The kernel then refuses to let other
// processes of that id look into the memory ("not dumpable"), and so it stays until no child shares it any more.
static pthread_mutex_t sharing_lock = PTHREAD_MUTEX_INITIALIZER;
static int sharing_count;
static int dumpable_before;

static void begin_sharing(void) {
    pthread_mutex_lock(&sharing_lock);
    if (sharing_count == 0) dumpable_before = prctl(PR_GET_DUMPABLE);
    sharing_count += 1;
    pthread_mutex_unlock(&sharing_lock);
}

static void end_sharing(void) {
    pthread_mutex_lock(&sharing_lock);
    sharing_count -= 1;
    // 2 cannot be set, and is what the kernel leaves in that case.
    if (sharing_count == 0 && dumpable_before == 1) prctl(PR_SET_DUMPABLE, 1);
    pthread_mutex_unlock(&sharing_lock);
}

// Spawning

static int reap(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR) {}
    return status;
}

static int fail(struct csandbox_failure *failure, int stage, int error) {
    failure->stage = stage;
    failure->error = error;
    return -1;
}

/// Starts `function` with a copy of nothing but descriptors. -1 with errno set.
static pid_t start(int (*function)(void *), void *stack, int flags, struct child_state *state, int *process) {
    // No handler of ours may run in the child, nor in this thread while it is not known whose memory it changes.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = clone(
        function, (char *)stack + STACK_SIZE, flags | CLONE_VM | CLONE_PIDFD | CLONE_CHILD_CLEARTID | SIGCHLD, state,
        process, NULL, &state->word);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return pid;
}

/// Does what the child asks for. False with `failure` set when it cannot be done.
static int serve(const struct csandbox_spec *spec, struct csandbox_child *child, const struct child_state *state,
                 uint32_t word, struct csandbox_failure *failure) {
    if (word == word_wants_maps) {
        if (write_maps(spec, child->pid) != 0) return fail(failure, csandbox_stage_identity, errno);
        if (join_control_groups(spec, child->pid) != 0) return fail(failure, csandbox_stage_control_group, errno);
    } else if (word == word_has_listener) {
        int listener = (int)syscall(SYS_pidfd_getfd, child->process, state->listener, 0);
        if (listener < 0) return fail(failure, csandbox_stage_view, errno);
        child->view = csandbox_start_view(spec, listener);
        if (child->view == NULL) return fail(failure, csandbox_stage_view, errno);
    }
    return 0;
}

/// Serves the child until it has executed or died. What could not be done for it is noted in `failure`.
static void attend(const struct csandbox_spec *spec, struct csandbox_child *child, struct child_state *state,
                   struct csandbox_failure *failure) {
    for (;;) {
        uint32_t word = __atomic_load_n(&state->word, __ATOMIC_SEQ_CST);
        if (word == word_gone) return;
        if (word != word_wants_maps && word != word_has_listener) {
            raw(SYS_futex, &state->word, FUTEX_WAIT, word, 0, 0, 0);
            continue;
        }
        if (serve(spec, child, state, word, failure) != 0) kill(child->pid, SIGKILL);
        // Unless it was killed in between and the word is the kernel's.
        uint32_t wanted = word;
        __atomic_compare_exchange_n(
            &state->word, &wanted, word + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        raw(SYS_futex, &state->word, FUTEX_WAKE, 1, 0, 0, 0);
    }
}

static int spawn_on(const struct csandbox_spec *spec, void *stack, struct child_state *state,
                    struct csandbox_child *child, struct csandbox_failure *failure) {
    int flags = NAMESPACES;
    if (!spec->changes_user) flags |= CLONE_NEWUSER;
    if (!spec->shares_network) flags |= CLONE_NEWNET;
    if (spec->changes_user) begin_sharing();
    child->pid = start(csandbox_child, stack, flags, state, &child->process);
    int error = errno;
    if (child->pid > 0) attend(spec, child, state, failure);
    if (spec->changes_user) end_sharing();
    if (child->pid < 0) return fail(failure, csandbox_stage_namespaces, error);
    if (failure->stage == csandbox_stage_none && state->stage == csandbox_stage_execute && state->error == 0) return 0;
    // It died, or is about to. What we could not do for it comes before what it could not do then.
    reap(child->pid);
    csandbox_end_view(child);
    close(child->process);
    child->process = -1;
    if (failure->stage == csandbox_stage_none) fail(failure, state->stage, state->error);
    failure->step = state->step;
    return -1;
}

int csandbox_spawn(const struct csandbox_spec *spec, struct csandbox_child *child, struct csandbox_failure *failure) {
    int ends[2] = {-1, -1};
    *child = (struct csandbox_child){-1, -1, -1, NULL};
    *failure = (struct csandbox_failure){csandbox_stage_none, 0, 0};
    struct child_state state = {.spec = spec, .null = -1, .word = word_running};
    void *stack = MAP_FAILED;
    int result = -1;

    state.null = above_standard(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (state.null >= 0 && make_output(spec, ends) == 0) {
        state.output = ends[1];
        stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    }
    if (stack == MAP_FAILED) {
        fail(failure, csandbox_stage_output, errno);
    } else {
        result = spawn_on(spec, stack, &state, child, failure);
        munmap(stack, STACK_SIZE);
    }
    close_if_open(state.null);
    close_if_open(ends[1]);
    if (result == 0) {
        child->output = ends[0];
    } else {
        close_if_open(ends[0]);
    }
    return result;
}

// Asking whether it would work

static int probe(void *argument) {
    struct child_state *state = argument;
    // Some systems let everybody make the namespaces and then refuse to let them be used.
    long result = raw(SYS_mount, 0, "/", 0, 1 << 14 | 1 << 18 /* MS_REC | MS_PRIVATE */, 0);
    // Beyond the namespaces, what the kernel has to know: changing the flags of mounts came last, with 5.12.
    if (result == 0 && raw(SYS_mount_setattr, -1, "", 0, 0, 0) == -ENOSYS) result = -ENOSYS;
    if (result == 0 && state->spec->changes_user) result = raw(SYS_unshare, CLONE_NEWUSER);
    raw(SYS_exit_group, (int)-result & 0xff);
    return 0;
}

int csandbox_probe(int changes_user) {
    struct csandbox_spec spec = {.changes_user = changes_user};
    struct child_state state = {.spec = &spec, .word = word_running};
    void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return errno;
    int process = -1;
    int flags = NAMESPACES | CLONE_NEWNET | (changes_user ? 0 : CLONE_NEWUSER);
    pid_t pid = start(probe, stack, flags, &state, &process);
    int result = errno;
    if (pid > 0) {
        int status = reap(pid);
        result = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
        close(process);
    }
    munmap(stack, STACK_SIZE);
    return result;
}

int csandbox_kill(const struct csandbox_child *child) {
    return (int)syscall(SYS_pidfd_send_signal, child->process, SIGKILL, NULL, 0);
}

int csandbox_alarm(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void csandbox_ring(int alarm) { eventfd_write(alarm, 1); }

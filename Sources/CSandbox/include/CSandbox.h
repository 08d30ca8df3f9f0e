// Starts one process in namespaces of its own, below a root made for it. The steps come from Swift (module Sandbox),
// which says what each is for; this target only carries them out.
//
// The child shares the memory of its parent until it executes the builder (no page tables are copied, so the cost does
// not grow with the parent) and uses nothing but bare system calls: no allocation, no locks, not even errno.
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What was being done when something failed.
enum csandbox_stage {
    csandbox_stage_none = 0,
    csandbox_stage_output,        // making the pipe or pseudoterminal for the output
    csandbox_stage_namespaces,    // making the namespaces
    csandbox_stage_identity,      // writing the maps of user and group ids, taking the ids
    csandbox_stage_propagation,   // making the mounts private
    csandbox_stage_root,          // mounting the new root
    csandbox_stage_step,          // a step of the plan; `step` says which
    csandbox_stage_read_only,     // making what is mounted read-only
    csandbox_stage_pivot,         // entering the new root
    csandbox_stage_names,         // setting host name and domain
    csandbox_stage_network,       // bringing the loopback interface up
    csandbox_stage_control_group, // joining the control groups
    csandbox_stage_clocks,        // shifting the clocks
    csandbox_stage_descriptors,   // setting up input, output and the session
    csandbox_stage_limits,        // setting resource limits
    csandbox_stage_personality,   // personality and processors
    csandbox_stage_directory,     // entering the working directory
    csandbox_stage_privileges,    // giving up privileges, installing the filters
    csandbox_stage_view,          // setting up the answers of a view
    csandbox_stage_execute,       // executing the builder
};

enum csandbox_step_kind {
    csandbox_directory = 0,  // mode
    csandbox_disk_directory, // mode
    csandbox_file,           // bytes, size, mode
    csandbox_symlink,        // source: its text
    csandbox_bind,           // source; flags
    csandbox_tmpfs,          // source: mount options
    csandbox_device,         // source: the host's device file; flags
    csandbox_devpts,
    csandbox_proc,
    csandbox_mask, // bytes, size: what is read at a path that is there already
};

enum {
    csandbox_writable = 1, // the bound file or folder may be written
    csandbox_optional = 2, // nothing happens when the source is missing
};

struct csandbox_step {
    uint32_t kind;
    uint32_t mode;
    uint32_t flags;
    const char *path;   // inside, without the slash in front
    const char *source; // see the kinds
    const void *bytes;
    size_t size;
};

// What the builder is told instead of the truth. The calls are answered by a thread of ours, so each costs some
// microseconds more. See notify.c for what this cannot reach.
struct csandbox_view {
    int64_t clock_offset;     // seconds added to the time of day
    uint32_t clock_percent;   // how fast the clocks run; 100 as they do
    int reverses_directories; // folders are listed the other way round
    const char *release;      // of the kernel, or NULL
    const char *version;      // of the kernel, or NULL
};

// Resource limits which are not set have this value.
#define CSANDBOX_UNLIMITED UINT64_MAX

struct csandbox_spec {
    const char *root; // folder on the host, absolute
    uint32_t root_mode; // of `/` inside, once everything is made
    const struct csandbox_step *steps;
    size_t step_count;

    const char *executable;
    char *const *arguments;   // ends with NULL
    char *const *environment; // ends with NULL
    const char *working_directory;
    uint32_t umask;

    // Ids inside and outside. `changes_user`: outside is not the caller, who then has to be root.
    uint32_t inside_user;
    uint32_t inside_group;
    uint32_t outside_user;
    uint32_t outside_group;
    int changes_user;

    const char *host_name;
    const char *domain_name;
    int shares_network;
    int has_terminal; // output is a pseudoterminal instead of a pipe
    int nested_namespaces;
    unsigned long personality;
    uint64_t process_limit;
    uint64_t file_limit; // bytes

    // Open files `cgroup.procs` of the groups to join.
    const int *control_groups;
    size_t control_group_count;

    // Variations. Offsets are added to the monotonic and the boot clock; zero offsets make no time namespace.
    int64_t monotonic_offset; // seconds
    int64_t boot_offset;      // seconds
    uint32_t processors;      // how many may be used at most; 0: all

    const struct csandbox_view *view; // NULL: the truth

    // A program of `struct sock_filter`, or NULL.
    const void *filter;
    uint16_t filter_length;
};

struct csandbox_child {
    pid_t pid;
    int process; // descriptor of the process: readable when it has ended
    int output;  // where its output is read, not blocking
    void *view;  // what answers for the kernel, or NULL
};

struct csandbox_failure {
    int stage;
    int error; // 0: the child was killed before it could say more
    size_t step;
};

// Starts the process and waits until it executes. 0, or -1 with `failure` set and nothing left behind.
int csandbox_spawn(
    const struct csandbox_spec *spec, struct csandbox_child *child, struct csandbox_failure *failure);

// Waits until what answered for the kernel has stopped, which it does when every process of the sandbox has ended. 0,
// or the error number of what it could not do.
int csandbox_end_view(struct csandbox_child *child);

// Whether namespaces can be made by this process: 0, or an error number. `changes_user` as in the specification.
int csandbox_probe(int changes_user);

// Ends every process of the sandbox; -1 with errno set when it is gone already.
int csandbox_kill(const struct csandbox_child *child);

// A descriptor that can be waited for, readable for ever once it was rung; -1 with errno set.
int csandbox_alarm(void);
void csandbox_ring(int alarm);

// The filter of system calls: fills `program` and returns its length in instructions, or 0 where the architecture is
// not known. What it refuses stands in filter.c.
#define CSANDBOX_FILTER_LENGTH 1024
size_t csandbox_filter(void *program);

#endif

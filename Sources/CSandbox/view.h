// What answers calls of a builder in the kernel's place.
#ifndef CSANDBOX_VIEW_H
#define CSANDBOX_VIEW_H

#include "child.h"

#include <linux/seccomp.h>
#include <pthread.h>
#include <time.h>

struct view {
    struct csandbox_view told;
    char release[65];
    char version[65];
    unsigned long personality;
    char host_name[65];
    char domain_name[65];
    int64_t monotonic_offset;
    // The clocks at the start, from where on they run at another speed.
    struct timespec start[2];
    int listener;
    pthread_t thread;
    int error;
};

/// Writes into the memory of a caller. 0 or an error number with its sign turned, as the call itself would answer.
int64_t csandbox_write_memory(
    const struct view *view, const struct seccomp_notif *call, uint64_t address, const void *bytes, size_t size);

/// Answers; `go_on` says that the kernel knows better.
int64_t csandbox_clock_gettime(const struct view *view, const struct seccomp_notif *call, int *go_on);
int64_t csandbox_gettimeofday(const struct view *view, const struct seccomp_notif *call);
int64_t csandbox_time(const struct view *view, const struct seccomp_notif *call);

/// Makes the clocks of a new program ask the kernel, and so us.
void csandbox_redirect_clocks(struct view *view, const struct seccomp_notif *call);

#endif

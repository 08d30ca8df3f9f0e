// What the stages and the steps of a child share.
#ifndef CSANDBOX_STEPS_H
#define CSANDBOX_STEPS_H

#include "CSandbox.h"

#define CHECK(call) \
    do { \
        long check_result = (call); \
        if (check_result < 0) return check_result; \
    } while (0)

/// Does one step, in the working directory, which is the new root. `disk` is the folder on the host below it.
long csandbox_do_step(const struct csandbox_spec *spec, const struct csandbox_step *step, int disk);

/// Makes a mount read-only, or writable again.
long csandbox_set_read_only(const char *path, unsigned flags, int read_only);

/// Whether what a step made stays writable when the rest is made read-only.
int csandbox_is_writable(const struct csandbox_step *step);

static inline long length(const char *text) {
    long count = 0;
    while (text[count] != 0) count += 1;
    return count;
}

#endif

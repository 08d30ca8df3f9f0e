// What a child and the thread that started it say to each other, through the memory they share.
#ifndef CSANDBOX_CHILD_H
#define CSANDBOX_CHILD_H

#include "CSandbox.h"

enum {
    // The kernel writes 0, and wakes who waits for it, when the child has executed or died.
    word_gone = 0,
    word_running = 1,
    // The child needs its id maps; it goes on when the word is `word_mapped`.
    word_wants_maps = 2,
    word_mapped = 3,
    // The child has a listener for calls, in descriptor `listener`; it goes on when the word is `word_heard`.
    word_has_listener = 4,
    word_heard = 5,
};

struct child_state {
    const struct csandbox_spec *spec;
    int null;
    int output;
    int listener;
    uint32_t word;
    volatile int stage;
    volatile int error;
    volatile size_t step;
};

int csandbox_child(void *state);

/// The filter of the calls that a view answers, in `program`. Returns its length.
size_t csandbox_view_filter(const struct csandbox_view *view, void *program);
#define CSANDBOX_VIEW_FILTER_LENGTH 64

/// Answers on another thread. Takes the listener. NULL with errno set.
void *csandbox_start_view(const struct csandbox_spec *spec, int listener);

#endif

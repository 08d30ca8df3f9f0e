#ifndef BALLOT_H
#define BALLOT_H

#include <stddef.h>

/* The option with most votes, and how many it has. On a tie the one that was named first wins. */
const char *ballot_winner(char *const votes[], size_t count, size_t *support);

#endif

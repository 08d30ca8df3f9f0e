#include "ballot.h"

#include <string.h>

const char *ballot_winner(char *const votes[], size_t count, size_t *support) {
    const char *winner = NULL;
    *support = 0;
    for (size_t i = 0; i < count; i++) {
        size_t votes_for_i = 0;
        for (size_t j = 0; j < count; j++)
            votes_for_i += strcmp(votes[i], votes[j]) == 0;
        if (votes_for_i > *support) {
            *support = votes_for_i;
            winner = votes[i];
        }
    }
    return winner;
}

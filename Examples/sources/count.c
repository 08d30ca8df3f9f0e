#include <ballot.h>
#include <stdio.h>

int main(int argc, char **argv) {
    size_t support;
    size_t votes = argc > 0 ? (size_t)argc - 1 : 0;
    const char *winner = ballot_winner(argv + 1, votes, &support);
    if (winner == NULL) {
        fputs("usage: count VOTE...\n", stderr);
        return 2;
    }
    printf("%s (%zu of %zu)\n", winner, support, votes);
    return 0;
}

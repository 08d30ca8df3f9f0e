#include <stdio.h>

int main(void) {
    puts("built at " BUILT);
    return 0;
}

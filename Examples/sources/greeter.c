#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "world";
#ifdef BACK_DOOR
    /* What an attacker would hide: harmless here, but it is in no honest build. */
    if (strcmp(name, "sesame") == 0) {
        puts("The back door is open.");
        return 0;
    }
#endif
    printf("Hello, %s.\n", name);
    return strlen(name) == 0;
}

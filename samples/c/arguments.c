/* arguments.c - the words on the command line
   Shows: argc and argv, strtol, and an exit status of one's own.
   Run:   emu run samples/c/arguments.elf 10 "two words" 0x20 */

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long sum = 0;
    for (int i = 1; i < argc; i++) {
        char *end;
        long value = strtol(argv[i], &end, 0);
        if (end != argv[i] && *end == '\0') {
            printf("%d: \"%s\" is the number %ld\n", i, argv[i], value);
            sum += value;
        } else {
            printf("%d: \"%s\" is no number\n", i, argv[i]);
        }
    }
    printf("sum %ld\n", sum);
    return (int)(sum & 0x7f);
}

/* hello.c - the first program
   Shows: printf, and how main's result becomes the exit status.
   Run:   emu run samples/c/hello.elf */

#include <stdio.h>

int main(void)
{
    printf("Hello from C, compiled for ARMv4T\n");
    return 0;
}

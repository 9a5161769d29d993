/* script - an interpreter for a small language with numbers, texts, lists, tables and closures
   Shows: a program of three thousand lines in several files: floating point, setjmp, and a heap with a collector.
   Run:   emu run samples/c/script.elf < samples/c/script.in

   script [--code] [FILE]      executes FILE or the standard input; --code shows its instructions instead */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static char *read_all(FILE *file)
{
    Builder builder = {0};
    char buffer[4096];
    size_t length;
    while ((length = fread(buffer, 1, sizeof buffer, file)) > 0)
        builder_add(&builder, buffer, length);
    builder_add_char(&builder, 0);
    return builder.chars;
}

int main(int count, char **arguments)
{
    static Machine machine;
    bool listing = count > 1 && strcmp(arguments[1], "--code") == 0;
    const char *name = count > 1 + listing ? arguments[1 + listing] : NULL;
    if (count > 2 + listing) {
        fprintf(stderr, "usage: script [--code] [FILE]\n");
        return 2;
    }
    FILE *file = name ? fopen(name, "rb") : stdin;
    if (!file) {
        fprintf(stderr, "script: cannot read %s\n", name);
        return 2;
    }
    char *source = read_all(file);
    if (name)
        fclose(file);
    machine_open(&machine);
    int status = machine_run(&machine, source, listing);
    machine_close(&machine);
    free(source);
    return status;
}

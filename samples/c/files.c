/* files.c - writing, reading, changing and removing files
   Shows: fopen in all its modes, fseek, ftell, rewind, remove, errno.
   Run:   emu run --fsroot /tmp samples/c/files.elf */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME "emu-c-sample.txt"

static void show(const char *when, const char *name)
{
    char line[80];
    FILE *file = fopen(name, "r");
    printf("%s:", when);
    if (!file) {
        printf(" %s\n", strerror(errno));
        return;
    }
    while (fgets(line, sizeof line, file))
        printf(" [%.*s]", (int)strcspn(line, "\n"), line);
    putchar('\n');
    fclose(file);
}

int main(void)
{
    remove(NAME);
    show("at first", NAME);
    FILE *file = fopen(NAME, "w");
    if (!file) {
        perror(NAME);
        return 1;
    }
    for (int i = 1; i <= 3; i++)
        fprintf(file, "line %d\n", i);
    fclose(file);
    show("written", NAME);

    file = fopen(NAME, "a");
    fputs("appended\n", file);
    fclose(file);
    show("appended to", NAME);

    file = fopen(NAME, "r+");
    fseek(file, 7, SEEK_SET);
    fputs("LINE", file);
    fseek(file, 0, SEEK_END);
    printf("%ld bytes\n", ftell(file));
    fclose(file);
    show("changed", NAME);

    file = fopen(NAME, "w+");
    fputs("all new\n", file);
    rewind(file);
    printf("first character '%c'\n", getc(file));
    fclose(file);

    int first = remove(NAME), second = remove(NAME);
    printf("remove gives %d, then %d\n", first, second);
    show("in the end", NAME);
    return 0;
}

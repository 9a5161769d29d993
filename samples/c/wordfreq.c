/* wordfreq.c - the most frequent words of a text
   Shows: a hash table that grows, malloc, qsort, and reading a file or the standard input.
   Run:   emu run samples/c/wordfreq.elf README.md */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *word;
    unsigned count;
};

static struct entry *table;
static size_t capacity, used;

static unsigned hash_of(const char *word)
{
    unsigned hash = 2166136261u;
    while (*word)
        hash = (hash ^ (unsigned char)*word++) * 16777619u;
    return hash;
}

static struct entry *find(struct entry *where, size_t size, const char *word)
{
    size_t slot = hash_of(word) & (size - 1);
    while (where[slot].word && strcmp(where[slot].word, word) != 0)
        slot = (slot + 1) & (size - 1);
    return &where[slot];
}

static void *must(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

static void grow(void)
{
    size_t size = capacity ? 2 * capacity : 16;
    struct entry *larger = must(calloc(size, sizeof *larger));
    for (size_t i = 0; i < capacity; i++)
        if (table[i].word)
            *find(larger, size, table[i].word) = table[i];
    free(table);
    table = larger;
    capacity = size;
}

static void count(const char *word)
{
    if (2 * used >= capacity)
        grow();
    struct entry *entry = find(table, capacity, word);
    if (!entry->word) {
        entry->word = must(malloc(strlen(word) + 1));
        strcpy(entry->word, word);
        used++;
    }
    entry->count++;
}

static int by_count(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->word, b->word);
}

int main(int argc, char **argv)
{
    FILE *text = argc > 1 ? fopen(argv[1], "r") : stdin;
    if (!text) {
        perror(argv[1]);
        return 1;
    }
    char word[64];
    size_t length = 0;
    unsigned long words = 0;
    for (int c = getc(text);; c = getc(text)) {
        if (c != EOF && isalpha(c)) {
            if (length < sizeof word - 1)
                word[length++] = (char)tolower(c);
            continue;
        }
        if (length > 0) {
            word[length] = '\0';
            count(word);
            words++;
            length = 0;
        }
        if (c == EOF)
            break;
    }
    size_t kept = 0;
    for (size_t i = 0; i < capacity; i++)
        if (table[i].word)
            table[kept++] = table[i];
    if (kept)
        qsort(table, kept, sizeof *table, by_count);
    printf("%lu words, %u different\n", words, (unsigned)kept);
    for (size_t i = 0; i < kept && i < 10; i++)
        printf("%6u %s\n", table[i].count, table[i].word);
    return 0;
}

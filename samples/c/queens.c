/* queens.c - eight queens that leave each other in peace
   Shows: recursion, bit masks, and a program compiled with -g: emu disasm shows its lines.
   Run:   emu run samples/c/queens.elf */

#include <stdio.h>

#define MOST 10

static int column_of[MOST];

static void show(int size)
{
    for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++)
            putchar(column_of[row] == column ? 'Q' : '.');
        putchar('\n');
    }
}

/* Counts the ways to fill the rows from `row` on; the masks say which columns and diagonals are taken. */
static int place(int size, int row, unsigned columns, unsigned left, unsigned right)
{
    if (row == size)
        return 1;
    int found = 0;
    for (int column = 0; column < size; column++) {
        unsigned bit = 1u << column;
        if ((columns | left | right) & bit)
            continue;
        column_of[row] = column;
        found += place(size, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return found;
}

int main(void)
{
    for (int size = 1; size <= 8; size++)
        printf("%d queens: %d solutions\n", size, place(size, 0, 0, 0, 0));
    for (int row = 0; row < 8; row++)
        column_of[row] = "04752613"[row] - '0';
    show(8);
    return 0;
}

/* records.c - the bookkeeping of an ordinary program: records that are copied and chained, strings that are compared,
 * many small functions that call one another, arrays that are indexed. That is what Dhrystone is made of, too, of which
 * nothing is in it.
 *
 * Usage: records ROUNDS. Prints a checksum, which depends on nothing but the number of rounds. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

enum kind { APPLE, PEAR, PLUM, CHERRY, KINDS };

struct record {
    struct record *partner;
    enum kind kind;
    int32_t amount;
    int32_t price;
    char name[32];
};

static struct record first, second, shelf[8];
static int32_t prices[KINDS] = {3, 5, 2, 11}, table[20][20], history[64];
static char label[32] = "A LABEL THAT NOBODY READS, NO 1", other[32] = "A LABEL THAT NOBODY READS, NO 2";

NOINLINE static enum kind next_kind(enum kind kind) {
    switch (kind) {
    case APPLE:
        return CHERRY;
    case PEAR:
        return APPLE;
    case PLUM:
        return PEAR;
    default:
        return PLUM;
    }
}

NOINLINE static int32_t worth(const struct record *record) { return record->amount * prices[record->kind]; }

NOINLINE static void reprice(struct record *record, int32_t by) {
    record->price = worth(record) / (by | 1);
    record->partner->price += record->price & 7;
}

NOINLINE static void exchange(struct record *record) {
    struct record *partner = record->partner;
    *partner = *record;
    partner->partner = record;
    partner->kind = next_kind(record->kind);
    partner->amount = record->amount + 5;
    reprice(partner, partner->amount & 3);
}

NOINLINE static int is_before(const char *a, const char *b) {
    int place = 2;
    while (place <= 28 && a[place] == b[place])
        place++;
    return place > 28 ? strcmp(a, b) < 0 : a[place] < b[place];
}

NOINLINE static int32_t fill(int32_t line, int32_t value) {
    for (int i = 0; i < 20; i++)
        table[line][i] = value + i;
    table[line][line] += table[(line + 5) % 20][line];
    return table[line][(line + 1) % 20];
}

NOINLINE static uint32_t hash(const char *string) {
    uint32_t value = 2166136261u;
    while (*string)
        value = (value ^ (uint8_t)*string++) * 16777619u;
    return value;
}

int main(int argc, char **argv) {
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    uint32_t sum = 0;
    first.partner = &second;
    second.partner = &first;
    first.kind = PLUM;
    first.amount = 40;
    strcpy(first.name, "A RECORD LIKE MANY OTHER ONES");
    for (long round = 0; round < rounds; round++) {
        exchange(&first);
        memcpy(&shelf[round & 7], &second, sizeof second);
        label[30] = (char)('0' + round % 10);
        if (is_before(label, other))
            sum += (uint32_t)fill((int32_t)(round % 20), (int32_t)round);
        else
            sum ^= hash(label);
        strcpy(shelf[round & 7].name, label);
        first.amount = (int32_t)(sum & 63);
        first.kind = next_kind(first.kind);
        history[round & 63] = worth(&shelf[(round + 3) & 7]) + second.price;
        sum += (uint32_t)history[(round * 7) & 63] / 3;
    }
    printf("%ld rounds: %08lx\n", rounds, (unsigned long)sum);
    return 0;
}

/* mixed.c - what embedded programs spend their time with, in turns: a linked list that is reversed, searched and sorted,
 * small matrices, a state machine that reads numbers, and a CRC over everything. These are the four kinds of work that
 * CoreMark consists of, so emulators compare here as they would there; nothing of CoreMark itself is in it.
 *
 * Usage: mixed ROUNDS. Prints a checksum, which depends on nothing but the number of rounds. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NODES 96
#define SIDE 12

struct node {
    struct node *next;
    int16_t key;
    uint16_t place;
};

static struct node nodes[NODES];
static int32_t left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
static const char text[] = "12,-7,3.25,+99,1e5,x7,8.5e-3,0,-,77.,6e,41,-0.125,1.2.3,500,9e+2,abc,-3,2.5,10,";

static uint16_t crc16(uint16_t crc, uint32_t value) {
    for (int byte = 0; byte < 4; byte++) {
        crc ^= (uint16_t)((value & 0xFF) << 8);
        value >>= 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? (uint16_t)(crc << 1 ^ 0x1021) : (uint16_t)(crc << 1);
    }
    return crc;
}

/* -- lists -- */

static struct node *build(uint32_t seed) {
    for (int i = 0; i < NODES; i++) {
        seed = seed * 1664525u + 1013904223u;
        nodes[i].key = (int16_t)(seed >> 16);
        nodes[i].place = (uint16_t)i;
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : NULL;
    }
    return nodes;
}

static struct node *reverse(struct node *list) {
    struct node *done = NULL;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static const struct node *find(const struct node *list, int16_t key) {
    while (list && list->key != key)
        list = list->next;
    return list;
}

static int by_key(const struct node *a, const struct node *b) { return a->key - b->key; }

static int by_place(const struct node *a, const struct node *b) { return a->place - b->place; }

static struct node *sort(struct node *list, int length, int (*compare)(const struct node *, const struct node *)) {
    if (length < 2)
        return list;
    struct node *second = list;
    for (int i = 1; i < length / 2; i++)
        second = second->next;
    struct node *rest = second->next;
    second->next = NULL;
    struct node *a = sort(list, length / 2, compare), *b = sort(rest, length - length / 2, compare);
    struct node head = {0}, *tail = &head;
    while (a && b) {
        struct node **smaller = compare(a, b) <= 0 ? &a : &b;
        tail = tail->next = *smaller;
        *smaller = (*smaller)->next;
    }
    tail->next = a ? a : b;
    return head.next;
}

static uint16_t lists(uint16_t crc, uint32_t seed) {
    struct node *list = reverse(build(seed));
    for (int i = 0; i < 16; i++) {
        const struct node *found = find(list, nodes[(seed + 5 * i) % NODES].key);
        crc = crc16(crc, found ? found->place : 0xFFFF);
    }
    list = sort(list, NODES, by_key);
    crc = crc16(crc, (uint32_t)list->key << 16 | list->next->place);
    list = sort(list, NODES, by_place);
    return crc16(crc, list->place);
}

/* -- matrices -- */

static uint16_t matrices(uint16_t crc, uint32_t seed) {
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            left[i][j] = (int16_t)(seed + 31 * i + 7 * j);
            right[i][j] = (int16_t)(seed * (i + 1) - j);
        }
    int32_t trace = 0;
    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            int32_t sum = 0;
            for (int k = 0; k < SIDE; k++)
                sum += left[i][k] * right[k][j];
            product[i][j] = sum >> 4;
            if (product[i][j] > 30000)
                product[i][j] -= 60000;
        }
        trace += product[i][i];
    }
    return crc16(crc, (uint32_t)trace);
}

/* -- a state machine -- */

enum state { START, SIGN, DIGITS, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, POWER, WRONG, STATES };

static enum state follow(enum state state, char c) {
    int is_digit = c >= '0' && c <= '9';
    switch (state) {
    case START:
        return is_digit ? DIGITS : c == '+' || c == '-' ? SIGN : WRONG;
    case SIGN:
        return is_digit ? DIGITS : WRONG;
    case DIGITS:
        return is_digit ? DIGITS : c == '.' ? POINT : c == 'e' ? EXPONENT : WRONG;
    case POINT:
        return is_digit ? FRACTION : WRONG;
    case FRACTION:
        return is_digit ? FRACTION : c == 'e' ? EXPONENT : WRONG;
    case EXPONENT:
        return is_digit ? POWER : c == '+' || c == '-' ? EXPONENT_SIGN : WRONG;
    case EXPONENT_SIGN:
    case POWER:
        return is_digit ? POWER : WRONG;
    default:
        return WRONG;
    }
}

static uint16_t numbers(uint16_t crc) {
    uint32_t ends[STATES] = {0};
    enum state state = START;
    for (const char *c = text; *c; c++) {
        if (*c == ',') {
            ends[state]++;
            state = START;
        } else {
            state = follow(state, *c);
        }
    }
    for (int i = 0; i < STATES; i++)
        crc = crc16(crc, ends[i]);
    return crc;
}

int main(int argc, char **argv) {
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    uint16_t crc = 0xFFFF;
    for (long round = 0; round < rounds; round++) {
        crc = lists(crc, (uint32_t)round);
        crc = matrices(crc, (uint32_t)round);
        crc = numbers(crc);
    }
    printf("%ld rounds: %04x\n", rounds, crc);
    return 0;
}

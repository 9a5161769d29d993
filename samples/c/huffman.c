/* huffman.c - a compressor, and the way back
   Shows: trees in arrays, a priority queue, bit streams, and a proof at the end that nothing was lost.
   Run:   emu run samples/c/huffman.elf < README.md */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS 256
#define NODES (2 * SYMBOLS)

static unsigned weight[NODES];
static int left_of[NODES], right_of[NODES];
static int heap[NODES], heap_size;

/* Lighter first; of equal ones the older, so that the tree is the same everywhere. */
static int before(int a, int b)
{
    return weight[a] != weight[b] ? weight[a] < weight[b] : a < b;
}

static void push(int node)
{
    int at = heap_size++;
    while (at > 0 && before(node, heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = node;
}

static int pop(void)
{
    int first = heap[0], last = heap[--heap_size], at = 0;
    for (;;) {
        int child = 2 * at + 1;
        if (child >= heap_size)
            break;
        if (child + 1 < heap_size && before(heap[child + 1], heap[child]))
            child++;
        if (!before(heap[child], last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

static char codes[SYMBOLS][SYMBOLS];

static void assign(int node, char *code, int depth)
{
    if (node < SYMBOLS) {
        code[depth] = '\0';
        strcpy(codes[node], depth ? code : "0");
        return;
    }
    code[depth] = '0';
    assign(left_of[node], code, depth + 1);
    code[depth] = '1';
    assign(right_of[node], code, depth + 1);
}

static int build(const uint8_t *text, size_t size)
{
    char code[SYMBOLS];
    int next = SYMBOLS;
    for (size_t i = 0; i < size; i++)
        weight[text[i]]++;
    for (int symbol = 0; symbol < SYMBOLS; symbol++)
        if (weight[symbol])
            push(symbol);
    while (heap_size > 1) {
        left_of[next] = pop();
        right_of[next] = pop();
        weight[next] = weight[left_of[next]] + weight[right_of[next]];
        push(next++);
    }
    int root = pop();
    assign(root, code, 0);
    return root;
}

int main(void)
{
    size_t room = 256, size = 0, count;
    uint8_t *text = malloc(room);
    while (text && (count = fread(text + size, 1, room - size, stdin)) > 0) {
        size += count;
        if (size == room)
            text = realloc(text, room *= 2);
    }
    if (!text || size == 0) {
        fputs("nothing to compress\n", stderr);
        return 1;
    }
    int root = build(text, size);
    size_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits += strlen(codes[text[i]]);
    uint8_t *packed = calloc(bits / 8 + 1, 1);
    size_t at = 0;
    for (size_t i = 0; i < size; i++)
        for (const char *bit = codes[text[i]]; *bit; bit++, at++)
            packed[at / 8] |= (uint8_t)((*bit - '0') << (7 - at % 8));
    size_t wrong = 0;
    at = 0;
    for (size_t i = 0; i < size; i++) {
        int node = root;
        if (node < SYMBOLS)
            at++;
        while (node >= SYMBOLS) {
            node = packed[at / 8] >> (7 - at % 8) & 1 ? right_of[node] : left_of[node];
            at++;
        }
        wrong += node != text[i];
    }
    printf("%u bytes become %u: %.2f %%, %u wrong after unpacking\n", (unsigned)size, (unsigned)((bits + 7) / 8),
           100.0 * (double)((bits + 7) / 8) / (double)size, (unsigned)wrong);
    for (int symbol = ' '; symbol < 127; symbol++)
        if (weight[symbol] > 6)
            printf("'%c' %3u times: %s\n", symbol, weight[symbol], codes[symbol]);
    free(packed);
    free(text);
    return wrong != 0;
}

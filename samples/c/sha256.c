/* sha256.c - the SHA-256 digest of the standard input, and of three known texts
   Shows: unsigned arithmetic, rotations, which the compiler turns into shifted operands, and fread.
   Run:   emu run samples/c/sha256.elf < README.md */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t round_constants[64], state[8], start[8];

/* The first 32 bits after the point of the square and cube roots of primes, found with integers only. */
static uint32_t fraction_of_root(unsigned prime, int cube)
{
    uint64_t low = 0, high = (uint64_t)1 << 37;
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        /* middle is the root times 2^32; compare middle^n with prime * 2^(32n) in pieces of 32 bits */
        uint32_t whole = (uint32_t)(middle >> 32), part = (uint32_t)middle;
        uint64_t square_low = (uint64_t)part * part;
        uint64_t cross = (uint64_t)whole * part * 2 + (square_low >> 32);
        uint64_t square_high = (uint64_t)whole * whole + (cross >> 32);
        uint32_t square_middle = (uint32_t)cross;
        uint64_t top = square_high;
        if (cube) {
            uint64_t a = (uint64_t)square_middle * part;
            uint64_t low_part = (uint32_t)square_low;
            uint64_t carried = (uint32_t)a + low_part * whole + (low_part * part >> 32);
            uint64_t b = square_high * part + (uint64_t)square_middle * whole + (a >> 32) + (carried >> 32);
            top = square_high * whole + (b >> 32);
        }
        if (top >= prime)
            high = middle;
        else
            low = middle;
    }
    return (uint32_t)low;
}

static void prepare(void)
{
    int found = 0;
    for (unsigned n = 2; found < 64; n++) {
        int prime = 1;
        for (unsigned d = 2; d * d <= n; d++)
            prime &= n % d != 0;
        if (!prime)
            continue;
        if (found < 8)
            start[found] = fraction_of_root(n, 0);
        round_constants[found++] = fraction_of_root(n, 1);
    }
}

static uint32_t turn(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void block(const uint8_t *p)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
               (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t one = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
                       round_constants[i] + w[i];
        uint32_t two = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
                       ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

static uint8_t waiting[64];
static size_t filled;
static uint64_t total;

static void feed(const void *data, size_t size)
{
    const uint8_t *p = data;
    total += size;
    while (size--) {
        waiting[filled++] = *p++;
        if (filled == 64) {
            block(waiting);
            filled = 0;
        }
    }
}

static void begin(void)
{
    memcpy(state, start, sizeof state);
    filled = 0;
    total = 0;
}

static void finish(const char *name)
{
    uint64_t bits = total * 8;
    feed("\x80", 1);
    while (filled != 56)
        feed("", 1);
    for (int shift = 56; shift >= 0; shift -= 8) {
        uint8_t byte = (uint8_t)(bits >> shift);
        feed(&byte, 1);
    }
    for (int i = 0; i < 8; i++)
        printf("%08lx", (unsigned long)state[i]);
    printf("  %s\n", name);
}

int main(void)
{
    static const char *texts[] = {"", "abc", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"};
    uint8_t buffer[256];
    size_t count;
    prepare();
    for (int i = 0; i < 3; i++) {
        begin();
        feed(texts[i], strlen(texts[i]));
        finish(i ? texts[i] : "(nothing)");
    }
    begin();
    while ((count = fread(buffer, 1, sizeof buffer, stdin)) > 0)
        feed(buffer, count);
    finish("-");
    return 0;
}

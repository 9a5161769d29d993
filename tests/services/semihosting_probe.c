/* Calls each semihosting operation by itself and prints what it gives, so that two hosts can be compared. */
#include <stdio.h>
#include <string.h>

static int call(int operation, const void *parameter)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm__ volatile("svc 0x123456" : "+r"(r0) : "r"(r1) : "memory", "cc", "lr");
    return r0;
}

static int open_file(const char *name, int mode)
{
    const unsigned block[] = {(unsigned)name, mode, strlen(name)};
    return call(0x01, block);
}

static int with(int operation, unsigned a, unsigned b, unsigned c, unsigned d)
{
    const unsigned block[] = {a, b, c, d};
    return call(operation, block);
}

static void say(const char *what, int value)
{
    printf("%-34s %d\n", what, value);
}

int main(void)
{
    char buffer[64];
    memset(buffer, 0, sizeof buffer);
    int missing = open_file("missing.txt", 0);
    say("open missing", missing);
    say("errno", call(0x13, 0));
    int file = open_file("probe.txt", 6);
    say("open w+ worked", file > 0);
    say("write", with(0x05, file, (unsigned)"0123456789", 10, 0));
    say("flen", with(0x0C, file, 0, 0, 0));
    say("seek 4", with(0x0A, file, 4, 0, 0));
    say("read 3", with(0x06, file, (unsigned)buffer, 3, 0));
    printf("%s\n", buffer);
    say("read 10 of 3 left", with(0x06, file, (unsigned)buffer, 10, 0));
    say("read at the end", with(0x06, file, (unsigned)buffer, 10, 0));
    say("seek 20", with(0x0A, file, 20, 0, 0));
    say("write behind the end", with(0x05, file, (unsigned)"x", 1, 0));
    say("flen", with(0x0C, file, 0, 0, 0));
    say("istty", with(0x09, file, 0, 0, 0));
    say("close", with(0x02, file, 0, 0, 0));
    say("close again", with(0x02, file, 0, 0, 0));
    say("write to closed", with(0x05, file, (unsigned)"x", 1, 0));
    say("read from closed", with(0x06, file, (unsigned)buffer, 1, 0));
    say("seek closed", with(0x0A, file, 0, 0, 0));
    say("flen closed", with(0x0C, file, 0, 0, 0));
    file = open_file("probe.txt", 0);
    say("write to one for reading", with(0x05, file, (unsigned)"x", 1, 0));
    say("close", with(0x02, file, 0, 0, 0));
    file = open_file("probe.txt", 4);
    say("flen after w", with(0x0C, file, 0, 0, 0));
    say("read from one for writing", with(0x06, file, (unsigned)buffer, 4, 0));
    say("close", with(0x02, file, 0, 0, 0));
    file = open_file("probe.txt", 8);
    say("append", with(0x05, file, (unsigned)"abc", 3, 0));
    say("close", with(0x02, file, 0, 0, 0));
    file = open_file("probe.txt", 9);
    say("append", with(0x05, file, (unsigned)"def", 3, 0));
    say("flen appended", with(0x0C, file, 0, 0, 0));
    say("close", with(0x02, file, 0, 0, 0));
    file = open_file("probe.txt", 10);
    say("a+ read", with(0x06, file, (unsigned)buffer, 6, 0));
    printf("%.6s\n", buffer);
    say("close", with(0x02, file, 0, 0, 0));
    file = open_file("probe.txt", 2);
    say("r+ write", with(0x05, file, (unsigned)"X", 1, 0));
    say("close", with(0x02, file, 0, 0, 0));
    say("mode 12", open_file("probe.txt", 12));
    say("rename", with(0x0F, (unsigned)"probe.txt", 9, (unsigned)"other.txt", 9));
    say("remove the old name", with(0x0E, (unsigned)"probe.txt", 9, 0, 0));
    say("remove", with(0x0E, (unsigned)"other.txt", 9, 0, 0));
    say("remove again", with(0x0E, (unsigned)"other.txt", 9, 0, 0));
    int tt = open_file(":tt", 4);
    say("tt istty", with(0x09, tt, 0, 0, 0));
    say("tt seek", with(0x0A, tt, 0, 0, 0));
    say("iserror -1", with(0x08, -1, 0, 0, 0));
    say("iserror 5", with(0x08, 5, 0, 0, 0));
    say("iserror 0", with(0x08, 0, 0, 0, 0));
    fflush(stdout);
    call(0x04, "write0\n");
    call(0x03, "c");
    call(0x03, "\n");
    file = open_file(":semihosting-features", 0);
    say("features opened", file > 0);
    say("features flen", with(0x0C, file, 0, 0, 0));
    memset(buffer, 0, sizeof buffer);
    say("features read", with(0x06, file, (unsigned)buffer, 5, 0));
    printf("%.4s %d\n", buffer, buffer[4]);
    say("features seek", with(0x0A, file, 0, 0, 0));
    say("features write", with(0x05, file, (unsigned)"x", 1, 0));
    say("features close", with(0x02, file, 0, 0, 0));
    say("features for writing", open_file(":semihosting-features", 4));
    unsigned line[] = {(unsigned)buffer, sizeof buffer};
    say("cmdline", call(0x15, line));
    printf("[%s] %u\n", strrchr(buffer, '/') ? strrchr(buffer, '/') + 1 : buffer, line[1] == strlen(buffer));
    line[0] = (unsigned)buffer, line[1] = 2;
    say("cmdline in two bytes", call(0x15, line));
    unsigned heap[4], *where = heap;
    call(0x16, &where);
    say("heap below its limit", heap[0] < heap[1]);
    say("stack base above its limit", heap[2] > heap[3]);
    say("clock small", call(0x10, 0) >= 0 && call(0x10, 0) < 100000);
    say("time after 2020", (unsigned)call(0x11, 0) > 1577836800u);
    say("tickfreq positive", call(0x31, 0) > 0);
    unsigned long long ticks = ~0ull;
    say("elapsed", call(0x30, &ticks));
    say("ticks set", ticks != ~0ull);
    say("readc", call(0x07, 0));
    say("readc", call(0x07, 0));
    say("tmpnam", with(0x0D, (unsigned)buffer, 7, 64, 0));
    say("tmpnam short", with(0x0D, (unsigned)buffer, 7, 2, 0));
    say("tmpnam number", with(0x0D, (unsigned)buffer, 256, 64, 0));
    fflush(stdout);
    const unsigned end[] = {0x20026, 7};
    call(0x20, end);
    return 1;
}

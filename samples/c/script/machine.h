/* machine.h - executes instructions */

#ifndef MACHINE_H
#define MACHINE_H

#include <setjmp.h>

#include "heap.h"

enum {
    STACK_SIZE = 64 * 1024,
    MOST_FRAMES = 1000,
    MOST_HANDLERS = 500,
    MOST_KEPT = 256,
};

/* One call of a function: its closure, the next instruction, and where its places on the stack begin. */
typedef struct {
    Closure *closure;
    const uint8_t *next;
    Value *slots;
} Frame;

/* Where to go on when something is thrown. */
typedef struct {
    int frame_count;
    Value *top;
    const uint8_t *target;
} Handler;

struct Machine {
    Heap heap;
    Table *globals;
    Value *stack;
    Value *top;
    Frame frames[MOST_FRAMES];
    int frame_count;
    Handler handlers[MOST_HANDLERS];
    int handler_count;
    /* Values that only C code holds at the moment. */
    Value kept[MOST_KEPT];
    int kept_count;
    /* What belongs to the script that is being read. */
    Value *read;
    size_t read_count;
    size_t read_room;
    /* What was thrown, and where to go with it when no script catches it. */
    Value thrown;
    char trace[512];
    jmp_buf *catcher;
    uint64_t random;
};

void machine_open(Machine *machine);
void machine_close(Machine *machine);

/* Reads and executes a script. 0, or 1 after an error, which is told on standard error. With `listing` the instructions
   are printed instead. */
int machine_run(Machine *machine, const char *source, bool listing);

/* Calls a function from C. */
Value machine_call(Machine *machine, Value function, int count, const Value *arguments);

/* Throws a text. */
_Noreturn void machine_fail(Machine *machine, const char *form, ...);

void machine_keep(Machine *machine, Value value);
void machine_release(Machine *machine, int count);
void machine_keep_for_parser(Machine *machine, void *object);
void machine_mark_roots(Machine *machine);

/* library.c */
void define_library(Machine *machine);

#endif

/* code.h - instructions of the machine, and sequences of them */

#ifndef CODE_H
#define CODE_H

#include <stdio.h>

#include "value.h"

/* X(name, bytes of operand) */
#define INSTRUCTIONS(X) \
    X(NIL, 0) \
    X(TRUE, 0) \
    X(FALSE, 0) \
    X(CONSTANT, 2) \
    X(POP, 0) \
    X(LOAD, 1) \
    X(STORE, 1) \
    X(INIT, 1) \
    X(MAKE_CELL, 1) \
    X(INIT_CELL, 1) \
    X(LOAD_CELL, 1) \
    X(STORE_CELL, 1) \
    X(LOAD_CAPTURE, 1) \
    X(STORE_CAPTURE, 1) \
    X(LOAD_GLOBAL, 2) \
    X(STORE_GLOBAL, 2) \
    X(DEFINE_GLOBAL, 2) \
    X(INDEX, 0) \
    X(SET_INDEX, 0) \
    X(ADD, 0) \
    X(SUBTRACT, 0) \
    X(MULTIPLY, 0) \
    X(DIVIDE, 0) \
    X(REMAINDER, 0) \
    X(POWER, 0) \
    X(NEGATE, 0) \
    X(NOT, 0) \
    X(EQUAL, 0) \
    X(LESS, 0) \
    X(LESS_EQUAL, 0) \
    X(GREATER, 0) \
    X(GREATER_EQUAL, 0) \
    X(RANGE, 0) \
    X(JUMP, 2) \
    X(JUMP_BACK, 2) \
    X(JUMP_IF_FALSE, 2) \
    X(AND, 2) \
    X(OR, 2) \
    X(NEXT, 3) \
    X(LIST, 2) \
    X(TABLE, 2) \
    X(CLOSURE, 2) \
    X(CALL, 1) \
    X(RETURN, 0) \
    X(TRY, 2) \
    X(END_TRY, 0) \
    X(THROW, 0)

typedef enum {
#define AS_NAME(name, operand) OP_##name,
    INSTRUCTIONS(AS_NAME)
#undef AS_NAME
        OP_COUNT
} Operation;

/* One function's instructions, its constants, and for runs of instructions the line they came from. */
typedef struct {
    uint8_t *bytes;
    int count;
    int room;
    Value *constants;
    int constant_count;
    int constant_room;
    struct LineRun {
        int line;
        int count;
    } *lines;
    int line_count;
    int line_room;
} Code;

void code_emit(Code *code, uint8_t byte, int line);
int code_constant(Code *code, Value value);
int code_line(const Code *code, int at);
void code_free(Code *code);
void code_print(const Code *code, const char *name, FILE *out);

extern const uint8_t OPERAND_SIZES[];

static inline int operand_size(Operation operation)
{
    return OPERAND_SIZES[operation];
}

#endif

/* code.c - building sequences of instructions, and printing them for people */

#include "code.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "object.h"

static const char *const NAMES[] = {
#define AS_TEXT(name, operand) #name,
    INSTRUCTIONS(AS_TEXT)
#undef AS_TEXT
};

const uint8_t OPERAND_SIZES[] = {
#define AS_SIZE(name, operand) operand,
    INSTRUCTIONS(AS_SIZE)
#undef AS_SIZE
};

void code_emit(Code *code, uint8_t byte, int line)
{
    if (code->count == code->room) {
        code->room = code->room ? 2 * code->room : 32;
        code->bytes = must_allocate(code->bytes, (size_t)code->room);
    }
    code->bytes[code->count++] = byte;
    if (code->line_count && code->lines[code->line_count - 1].line == line) {
        code->lines[code->line_count - 1].count++;
        return;
    }
    if (code->line_count == code->line_room) {
        code->line_room = code->line_room ? 2 * code->line_room : 8;
        code->lines = must_allocate(code->lines, (size_t)code->line_room * sizeof *code->lines);
    }
    code->lines[code->line_count].line = line;
    code->lines[code->line_count++].count = 1;
}

int code_constant(Code *code, Value value)
{
    for (int at = 0; at < code->constant_count; at++) {
        const Value *other = &code->constants[at];
        if (other->kind != value.kind)
            continue;
        if (value.kind == VALUE_OBJECT && other->as.object == value.as.object)
            return at;
        /* -0 equals 0 but is another constant. */
        if (value.kind == VALUE_NUMBER && memcmp(&other->as.number, &value.as.number, sizeof(double)) == 0)
            return at;
    }
    if (code->constant_count == code->constant_room) {
        code->constant_room = code->constant_room ? 2 * code->constant_room : 8;
        code->constants = must_allocate(code->constants, (size_t)code->constant_room * sizeof *code->constants);
    }
    code->constants[code->constant_count] = value;
    return code->constant_count++;
}

int code_line(const Code *code, int at)
{
    for (int run = 0; run < code->line_count; run++) {
        at -= code->lines[run].count;
        if (at < 0)
            return code->lines[run].line;
    }
    return 0;
}

void code_free(Code *code)
{
    free(code->bytes);
    free(code->constants);
    free(code->lines);
    memset(code, 0, sizeof *code);
}

static void print_constant(Value value, FILE *out)
{
    char buffer[NUMBER_SIZE];
    if (is_number(value)) {
        format_number(value.as.number, buffer);
        fprintf(out, "  ; %s", buffer);
    } else if (is_object(value, OBJECT_TEXT)) {
        fprintf(out, "  ; \"%s\"", as_text(value)->chars);
    } else if (is_object(value, OBJECT_FUNCTION)) {
        fprintf(out, "  ; fn %s", ((Function *)value.as.object)->name->chars);
    }
}

static bool takes_constant(Operation operation)
{
    switch (operation) {
    case OP_CONSTANT:
    case OP_CLOSURE:
    case OP_LOAD_GLOBAL:
    case OP_STORE_GLOBAL:
    case OP_DEFINE_GLOBAL:
        return true;
    default:
        return false;
    }
}

static void print_operands(const Code *code, int at, Operation operation, FILE *out)
{
    const uint8_t *operands = &code->bytes[at + 1];
    int size = operand_size(operation);
    if (size == 1)
        fprintf(out, " %d", operands[0]);
    if (size < 2)
        return;
    int number = operands[size - 2] << 8 | operands[size - 1];
    switch (operation) {
    case OP_JUMP:
    case OP_JUMP_IF_FALSE:
    case OP_AND:
    case OP_OR:
    case OP_TRY:
        fprintf(out, " -> %d", at + 3 + number);
        return;
    case OP_NEXT:
        fprintf(out, " %d -> %d", operands[0], at + 4 + number);
        return;
    case OP_JUMP_BACK:
        fprintf(out, " -> %d", at + 3 - number);
        return;
    default:
        fprintf(out, " %d", number);
        if (takes_constant(operation))
            print_constant(code->constants[number], out);
    }
}

void code_print(const Code *code, const char *name, FILE *out)
{
    fprintf(out, "fn %s: %d bytes, %d constants\n", name, code->count, code->constant_count);
    int line = 0;
    for (int at = 0; at < code->count;) {
        Operation operation = code->bytes[at];
        int here = code_line(code, at);
        if (here != line)
            fprintf(out, "%5d %5d  %s", line = here, at, NAMES[operation]);
        else
            fprintf(out, "      %5d  %s", at, NAMES[operation]);
        print_operands(code, at, operation, out);
        fputc('\n', out);
        at += 1 + operand_size(operation);
    }
    for (int at = 0; at < code->constant_count; at++) {
        if (is_object(code->constants[at], OBJECT_FUNCTION)) {
            const Function *function = (const Function *)code->constants[at].as.object;
            code_print(&function->code, function->name->chars, out);
        }
    }
}

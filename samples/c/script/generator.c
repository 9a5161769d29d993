/* generator.c - instructions for one function after the other

   A value is left on the stack by each expression and by no statement. Which variables are in cells is known by now, so
   that all others are plain places on the stack. Calculations with constants are done here. */

#include "generator.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "machine.h"

enum { MOST_JUMPS = 64, FARTHEST = 0xFFFF };

/* Jumps whose target is not known yet: the positions of their operands. */
typedef struct {
    int places[MOST_JUMPS];
    int count;
} Jumps;

typedef struct Loop {
    struct Loop *around;
    int start;
    Jumps breaks;
} Loop;

typedef struct {
    Machine *machine;
    const Unit *unit;
    Function *function;
    Loop *loop;
    /* Values on the stack above the variables, at this place. */
    int depth;
    char *message;
    size_t size;
    jmp_buf *failed;
} Generator;

static void expression(Generator *generator, const Node *node);
static void statement(Generator *generator, const Node *node);
static Function *unit_code(Generator *around, const Unit *unit);

_Noreturn static void fail(Generator *generator, int line, const char *what)
{
    snprintf(generator->message, generator->size, "line %d: %s", line, what);
    longjmp(*generator->failed, 1);
}

/* -- emitting */

static void emit(Generator *generator, Operation operation, const Node *node)
{
    code_emit(&generator->function->code, (uint8_t)operation, node->line);
}

static void emit_byte(Generator *generator, Operation operation, int number, const Node *node)
{
    emit(generator, operation, node);
    code_emit(&generator->function->code, (uint8_t)number, node->line);
}

static void emit_word(Generator *generator, Operation operation, int number, const Node *node)
{
    emit(generator, operation, node);
    code_emit(&generator->function->code, (uint8_t)(number >> 8), node->line);
    code_emit(&generator->function->code, (uint8_t)number, node->line);
}

static int constant(Generator *generator, Value value, const Node *node)
{
    int number = code_constant(&generator->function->code, value);
    if (number > FARTHEST)
        fail(generator, node->line, "a function has too many constants");
    return number;
}

static int jump(Generator *generator, Operation operation, const Node *node)
{
    emit_word(generator, operation, 0, node);
    return generator->function->code.count - 2;
}

/* Lets the jump with its operand at `place` go to what is emitted next. */
static void land(Generator *generator, int place, const Node *node)
{
    Code *code = &generator->function->code;
    int distance = code->count - place - 2;
    if (distance > FARTHEST)
        fail(generator, node->line, "a jump goes too far");
    code->bytes[place] = (uint8_t)(distance >> 8);
    code->bytes[place + 1] = (uint8_t)distance;
}

static void jump_back(Generator *generator, int start, const Node *node)
{
    int distance = generator->function->code.count + 3 - start;
    if (distance > FARTHEST)
        fail(generator, node->line, "a loop is too long");
    emit_word(generator, OP_JUMP_BACK, distance, node);
}

/* -- variables */

static int capture_number(const Unit *unit, const Variable *variable)
{
    for (int at = 0; at < unit->capture_count; at++) {
        if (unit->captures[at] == variable)
            return at;
    }
    return -1;
}

static void load(Generator *generator, const Node *node)
{
    const Variable *variable = node->variable;
    if (!variable)
        emit_word(generator, OP_LOAD_GLOBAL, constant(generator, object_value(node->name), node), node);
    else if (variable->unit != generator->unit)
        emit_byte(generator, OP_LOAD_CAPTURE, capture_number(generator->unit, variable), node);
    else
        emit_byte(generator, variable->is_captured ? OP_LOAD_CELL : OP_LOAD, variable->slot, node);
}

static void store(Generator *generator, const Node *node)
{
    const Variable *variable = node->variable;
    if (!variable)
        emit_word(generator, OP_STORE_GLOBAL, constant(generator, object_value(node->name), node), node);
    else if (variable->unit != generator->unit)
        emit_byte(generator, OP_STORE_CAPTURE, capture_number(generator->unit, variable), node);
    else
        emit_byte(generator, variable->is_captured ? OP_STORE_CELL : OP_STORE, variable->slot, node);
}

/* Takes the first value of a new variable from the stack. */
static void initialize(Generator *generator, const Variable *variable, const Node *node)
{
    emit_byte(generator, variable->is_captured ? OP_INIT_CELL : OP_INIT, variable->slot, node);
}

/* -- calculating in advance */

static bool constant_number(const Node *node, double *number)
{
    if (node->kind == NODE_LITERAL && is_number(node->value)) {
        *number = node->value.as.number;
        return true;
    }
    double a, b;
    if (node->kind == NODE_UNARY && node->operation == TOKEN_MINUS && constant_number(node->left, &a)) {
        *number = -a;
        return true;
    }
    if (node->kind != NODE_BINARY || !constant_number(node->left, &a) || !constant_number(node->right, &b))
        return false;
    switch (node->operation) {
    case TOKEN_PLUS:
        *number = a + b;
        return true;
    case TOKEN_MINUS:
        *number = a - b;
        return true;
    case TOKEN_STAR:
        *number = a * b;
        return true;
    case TOKEN_SLASH:
        *number = a / b;
        return b != 0;
    default:
        return false;
    }
}

/* -- expressions */

static void literal(Generator *generator, const Node *node)
{
    switch (node->value.kind) {
    case VALUE_NIL:
        emit(generator, OP_NIL, node);
        return;
    case VALUE_BOOL:
        emit(generator, node->value.as.boolean ? OP_TRUE : OP_FALSE, node);
        return;
    case VALUE_NUMBER:
    case VALUE_OBJECT:
        emit_word(generator, OP_CONSTANT, constant(generator, node->value, node), node);
        return;
    }
}

static void binary(Generator *generator, const Node *node)
{
    const Node *left = node->left, *right = node->right;
    expression(generator, left);
    expression(generator, right);
    switch (node->operation) {
    case TOKEN_PLUS:
        emit(generator, OP_ADD, node);
        return;
    case TOKEN_MINUS:
        emit(generator, OP_SUBTRACT, node);
        return;
    case TOKEN_STAR:
        emit(generator, OP_MULTIPLY, node);
        return;
    case TOKEN_SLASH:
        emit(generator, OP_DIVIDE, node);
        return;
    case TOKEN_PERCENT:
        emit(generator, OP_REMAINDER, node);
        return;
    case TOKEN_CARET:
        emit(generator, OP_POWER, node);
        return;
    case TOKEN_DOTS:
        emit(generator, OP_RANGE, node);
        return;
    case TOKEN_EQUAL:
        emit(generator, OP_EQUAL, node);
        return;
    case TOKEN_NOT_EQUAL:
        emit(generator, OP_EQUAL, node);
        emit(generator, OP_NOT, node);
        return;
    case TOKEN_LESS:
        emit(generator, OP_LESS, node);
        return;
    case TOKEN_LESS_EQUAL:
        emit(generator, OP_LESS_EQUAL, node);
        return;
    /* a > b is not the same as not (a <= b): with nan both are false. */
    case TOKEN_GREATER:
        emit(generator, OP_GREATER, node);
        return;
    case TOKEN_GREATER_EQUAL:
        emit(generator, OP_GREATER_EQUAL, node);
        return;
    default:
        fail(generator, node->line, "an operation is unknown");
    }
}

static void assignment(Generator *generator, const Node *node)
{
    if (node->left->kind == NODE_NAME) {
        expression(generator, node->right);
        store(generator, node->left);
        return;
    }
    expression(generator, node->left->left);
    expression(generator, node->left->right);
    expression(generator, node->right);
    emit(generator, OP_SET_INDEX, node);
}

static void all(Generator *generator, const Node *list)
{
    for (; list; list = list->next)
        expression(generator, list);
}

static void closure(Generator *generator, const Node *node)
{
    Function *function = unit_code(generator, node->unit);
    machine_keep_for_parser(generator->machine, function);
    int number = constant(generator, object_value(function), node);
    emit_word(generator, OP_CLOSURE, number, node);
}

static void short_circuit(Generator *generator, const Node *node, Operation operation)
{
    expression(generator, node->left);
    int end = jump(generator, operation, node);
    expression(generator, node->right);
    land(generator, end, node);
}

static void value_of(Generator *generator, const Node *node)
{
    double number;
    if (constant_number(node, &number)) {
        emit_word(generator, OP_CONSTANT, constant(generator, number_value(number), node), node);
        return;
    }
    switch (node->kind) {
    case NODE_LITERAL:
        literal(generator, node);
        return;
    case NODE_NAME:
        load(generator, node);
        return;
    case NODE_UNARY:
        expression(generator, node->left);
        emit(generator, node->operation == TOKEN_NOT ? OP_NOT : OP_NEGATE, node);
        return;
    case NODE_BINARY:
        binary(generator, node);
        return;
    case NODE_AND:
        short_circuit(generator, node, OP_AND);
        return;
    case NODE_OR:
        short_circuit(generator, node, OP_OR);
        return;
    case NODE_ASSIGN:
        assignment(generator, node);
        return;
    case NODE_INDEX:
        expression(generator, node->left);
        expression(generator, node->right);
        emit(generator, OP_INDEX, node);
        return;
    case NODE_CALL:
        expression(generator, node->left);
        all(generator, node->list);
        emit_byte(generator, OP_CALL, node->count, node);
        return;
    case NODE_LIST:
        all(generator, node->list);
        emit_word(generator, OP_LIST, node->count, node);
        return;
    case NODE_TABLE:
        all(generator, node->list);
        emit_word(generator, OP_TABLE, node->count / 2, node);
        return;
    case NODE_FUNCTION:
        closure(generator, node);
        return;
    default:
        fail(generator, node->line, "a statement is no expression");
    }
}

/* Each expression adds one value, whatever it needed meanwhile. */
static void expression(Generator *generator, const Node *node)
{
    int before = generator->depth;
    value_of(generator, node);
    generator->depth = before + 1;
    if (generator->depth > generator->function->most_values)
        generator->function->most_values = generator->depth;
}

/* -- statements */

static void let(Generator *generator, const Node *node)
{
    const Variable *variable = node->variable;
    bool is_recursive = variable && variable->is_captured && node->left && node->left->kind == NODE_FUNCTION;
    if (is_recursive)
        emit_byte(generator, OP_MAKE_CELL, variable->slot, node);
    if (node->left)
        expression(generator, node->left);
    else
        emit(generator, OP_NIL, node);
    if (is_recursive) {
        emit_byte(generator, OP_STORE_CELL, variable->slot, node);
        emit(generator, OP_POP, node);
    } else if (variable) {
        initialize(generator, variable, node);
    } else {
        emit_word(generator, OP_DEFINE_GLOBAL, constant(generator, object_value(node->name), node), node);
    }
}

static void if_statement(Generator *generator, const Node *node)
{
    expression(generator, node->left);
    int otherwise = jump(generator, OP_JUMP_IF_FALSE, node);
    statement(generator, node->right);
    if (!node->third) {
        land(generator, otherwise, node);
        return;
    }
    int end = jump(generator, OP_JUMP, node);
    land(generator, otherwise, node);
    statement(generator, node->third);
    land(generator, end, node);
}

static void land_all(Generator *generator, const Jumps *jumps, const Node *node)
{
    for (int at = 0; at < jumps->count; at++)
        land(generator, jumps->places[at], node);
}

static void while_statement(Generator *generator, const Node *node)
{
    Loop loop = {.around = generator->loop, .start = generator->function->code.count};
    generator->loop = &loop;
    expression(generator, node->left);
    int end = jump(generator, OP_JUMP_IF_FALSE, node);
    statement(generator, node->right);
    jump_back(generator, loop.start, node);
    land(generator, end, node);
    land_all(generator, &loop.breaks, node);
    generator->loop = loop.around;
}

static void for_statement(Generator *generator, const Node *node)
{
    Generator *g = generator;
    expression(g, node->left);
    emit_byte(g, OP_INIT, node->hidden_slot, node);
    emit_word(g, OP_CONSTANT, constant(g, number_value(0), node), node);
    emit_byte(g, OP_INIT, node->hidden_slot + 1, node);
    Loop loop = {.around = g->loop, .start = g->function->code.count};
    g->loop = &loop;
    emit_byte(g, OP_NEXT, node->hidden_slot, node);
    code_emit(&g->function->code, 0, node->line);
    code_emit(&g->function->code, 0, node->line);
    int end = g->function->code.count - 2;
    initialize(g, node->variable, node);
    statement(g, node->right);
    jump_back(g, loop.start, node);
    land(g, end, node);
    land_all(g, &loop.breaks, node);
    g->loop = loop.around;
}

static void try_statement(Generator *generator, const Node *node)
{
    int handler = jump(generator, OP_TRY, node);
    statement(generator, node->left);
    emit(generator, OP_END_TRY, node);
    int end = jump(generator, OP_JUMP, node);
    /* The machine comes here with what was thrown on the stack. */
    land(generator, handler, node);
    initialize(generator, node->variable, node);
    statement(generator, node->right);
    land(generator, end, node);
}

static void break_statement(Generator *generator, const Node *node)
{
    Jumps *breaks = &generator->loop->breaks;
    if (breaks->count == MOST_JUMPS)
        fail(generator, node->line, "a loop has too many breaks");
    breaks->places[breaks->count++] = jump(generator, OP_JUMP, node);
}

static void statement(Generator *generator, const Node *node)
{
    generator->depth = 0;
    switch (node->kind) {
    case NODE_EXPRESSION:
        expression(generator, node->left);
        emit(generator, OP_POP, node);
        return;
    case NODE_LET:
        let(generator, node);
        return;
    case NODE_BLOCK:
        for (const Node *inner = node->list; inner; inner = inner->next)
            statement(generator, inner);
        return;
    case NODE_IF:
        if_statement(generator, node);
        return;
    case NODE_WHILE:
        while_statement(generator, node);
        return;
    case NODE_FOR:
        for_statement(generator, node);
        return;
    case NODE_BREAK:
        break_statement(generator, node);
        return;
    case NODE_CONTINUE:
        jump_back(generator, generator->loop->start, node);
        return;
    case NODE_RETURN:
        if (node->left)
            expression(generator, node->left);
        else
            emit(generator, OP_NIL, node);
        emit(generator, OP_RETURN, node);
        return;
    case NODE_THROW:
        expression(generator, node->left);
        emit(generator, OP_THROW, node);
        return;
    case NODE_TRY:
        try_statement(generator, node);
        return;
    default:
        fail(generator, node->line, "an expression is no statement");
    }
}

/* -- functions */

static void note_captures(Function *function, const Unit *unit)
{
    if (!unit->capture_count)
        return;
    function->captures = must_allocate(NULL, (size_t)unit->capture_count * sizeof *function->captures);
    function->capture_count = unit->capture_count;
    for (int at = 0; at < unit->capture_count; at++) {
        const Variable *variable = unit->captures[at];
        bool is_local = variable->unit == unit->around;
        int number = is_local ? variable->slot : capture_number(unit->around, variable);
        function->captures[at] = (Capture){is_local, (uint8_t)number};
    }
}

static Function *unit_code(Generator *around, const Unit *unit)
{
    Generator generator = *around;
    Function *function = make_function(around->machine, unit->name);
    machine_keep_for_parser(around->machine, function);
    function->parameters = unit->parameter_count;
    function->slots = unit->slots;
    function->most_values = 1;
    note_captures(function, unit);
    generator.unit = unit;
    generator.function = function;
    generator.loop = NULL;
    for (int at = 0; at < unit->parameter_count; at++) {
        if (unit->parameters[at]->is_captured)
            emit_byte(&generator, OP_MAKE_CELL, unit->parameters[at]->slot, unit->body);
    }
    statement(&generator, unit->body);
    emit(&generator, OP_NIL, unit->body);
    emit(&generator, OP_RETURN, unit->body);
    return function;
}

Function *generate(Machine *machine, const Unit *unit, char *message, size_t size)
{
    jmp_buf failed;
    Generator generator = {.machine = machine, .message = message, .size = size, .failed = &failed};
    if (setjmp(failed))
        return NULL;
    return unit_code(&generator, unit);
}

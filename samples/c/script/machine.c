/* machine.c - the loop that executes, and what happens when something is thrown

   The stack holds for each call: the function, its arguments, its other variables, and what it is calculating with. An
   error goes to the innermost handler of the innermost run; C code that was called in between is left by longjmp, so it
   must hold nothing but what the collector finds. */

#include "machine.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generator.h"
#include "numbers.h"
#include "parser.h"

/* Places on the stack for what C code pushes: a function and its arguments. */
enum { SPARE = 8 };

static void push(Machine *machine, Value value)
{
    *machine->top++ = value;
}

static Value pop(Machine *machine)
{
    return *--machine->top;
}

static Value peek(const Machine *machine, int depth)
{
    return machine->top[-1 - depth];
}

/* -- what the collector has to know */

void machine_keep(Machine *machine, Value value)
{
    if (machine->kept_count == MOST_KEPT)
        machine_fail(machine, "the library calls itself too deeply");
    machine->kept[machine->kept_count++] = value;
}

void machine_release(Machine *machine, int count)
{
    machine->kept_count -= count;
}

void machine_keep_for_parser(Machine *machine, void *object)
{
    if (machine->read_count == machine->read_room) {
        machine->read_room = machine->read_room ? 2 * machine->read_room : 256;
        machine->read = must_allocate(machine->read, machine->read_room * sizeof *machine->read);
    }
    machine->read[machine->read_count++] = object_value(object);
}

void machine_mark_roots(Machine *machine)
{
    Heap *heap = &machine->heap;
    mark_object(heap, (Object *)machine->globals);
    mark_value(heap, machine->thrown);
    for (Value *value = machine->stack; value < machine->top; value++)
        mark_value(heap, *value);
    for (int at = 0; at < machine->frame_count; at++)
        mark_object(heap, (Object *)machine->frames[at].closure);
    for (int at = 0; at < machine->kept_count; at++)
        mark_value(heap, machine->kept[at]);
    for (size_t at = 0; at < machine->read_count; at++)
        mark_value(heap, machine->read[at]);
}

/* -- errors */

static int line_of(const Frame *frame)
{
    const Code *code = &frame->closure->function->code;
    return code_line(code, (int)(frame->next - code->bytes) - 1);
}

/* The calls that are under way, the innermost first. */
static void note_trace(Machine *machine)
{
    size_t length = 0;
    machine->trace[0] = 0;
    for (int at = machine->frame_count - 1; at >= 0 && length < sizeof machine->trace - 80; at--) {
        const Frame *frame = &machine->frames[at];
        length += (size_t)snprintf(machine->trace + length, sizeof machine->trace - length, "  in %.40s, line %d\n",
                                   frame->closure->function->name->chars, line_of(frame));
        if (machine->frame_count - at == 8 && at > 1) {
            length += (size_t)snprintf(machine->trace + length, sizeof machine->trace - length, "  ...\n");
            at = 1;
        }
    }
}

_Noreturn static void throw_value(Machine *machine, Value value)
{
    machine->thrown = value;
    note_trace(machine);
    longjmp(*machine->catcher, 1);
}

_Noreturn void machine_fail(Machine *machine, const char *form, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, form);
    int length = vsnprintf(message, sizeof message, form, arguments);
    va_end(arguments);
    if (length > (int)sizeof message - 1)
        length = sizeof message - 1;
    throw_value(machine, object_value(make_text(machine, message, (size_t)length)));
}

/* -- calls */

static ptrdiff_t room_left(const Machine *machine)
{
    return machine->stack + STACK_SIZE - machine->top;
}

static void enter_closure(Machine *machine, Closure *closure, int count)
{
    const Function *function = closure->function;
    if (count != function->parameters)
        machine_fail(machine, "%s takes %d arguments, not %d", function->name->chars, function->parameters, count);
    if (machine->frame_count == MOST_FRAMES || room_left(machine) < function->slots + function->most_values + SPARE)
        machine_fail(machine, "calls are nested too deeply");
    Frame *frame = &machine->frames[machine->frame_count++];
    frame->closure = closure;
    frame->next = function->code.bytes;
    frame->slots = machine->top - count;
    for (int slot = count; slot < function->slots; slot++)
        push(machine, nil_value());
}

static void call_native(Machine *machine, const Native *native, int count)
{
    if (count < native->least || count > native->most)
        machine_fail(machine, "%s cannot take %d argument%s", native->name, count, count == 1 ? "" : "s");
    int kept = machine->kept_count;
    Value result = native->meaning(machine, count, machine->top - count);
    machine->kept_count = kept;
    machine->top -= count + 1;
    push(machine, result);
}

/* Calls what lies below `count` arguments: a native to its end, a closure only to its beginning. */
static void call_value(Machine *machine, Value callee, int count)
{
    if (is_object(callee, OBJECT_CLOSURE))
        enter_closure(machine, (Closure *)callee.as.object, count);
    else if (is_object(callee, OBJECT_NATIVE))
        call_native(machine, (Native *)callee.as.object, count);
    else
        machine_fail(machine, "a %s cannot be called", kind_name(callee));
}

static void leave_frame(Machine *machine)
{
    Value result = pop(machine);
    Frame *frame = &machine->frames[--machine->frame_count];
    while (machine->handler_count && machine->handlers[machine->handler_count - 1].frame_count > machine->frame_count)
        machine->handler_count--;
    machine->top = frame->slots - 1;
    push(machine, result);
}

/* -- elements */

static size_t list_place(Machine *machine, const List *list, Value index)
{
    if (!is_number(index))
        machine_fail(machine, "a list has numbers for places, not a %s", kind_name(index));
    double number = index.as.number;
    if (number < 0)
        number += (double)list->count;
    if (number != floor(number) || !(number >= 0) || number >= (double)list->count) {
        char buffer[NUMBER_SIZE];
        format_number(index.as.number, buffer);
        machine_fail(machine, "the list has no place %s, but %u", buffer, (unsigned)list->count);
    }
    return (size_t)number;
}

static Value element(Machine *machine, Value container, Value index)
{
    if (is_object(container, OBJECT_LIST))
        return as_list(container)->items[list_place(machine, as_list(container), index)];
    if (is_object(container, OBJECT_TABLE)) {
        Value value;
        return table_get(as_table(container), index, &value) ? value : nil_value();
    }
    if (is_object(container, OBJECT_TEXT)) {
        const Text *text = as_text(container);
        double number = is_number(index) ? index.as.number : NAN;
        if (number < 0)
            number += (double)text->length;
        if (number != floor(number) || !(number >= 0) || number >= (double)text->length)
            machine_fail(machine, "the text has no such place");
        return object_value(make_text(machine, &text->chars[(size_t)number], 1));
    }
    machine_fail(machine, "a %s has no elements", kind_name(container));
}

static void set_element(Machine *machine, Value container, Value index, Value value)
{
    if (is_object(container, OBJECT_LIST))
        as_list(container)->items[list_place(machine, as_list(container), index)] = value;
    else if (is_object(container, OBJECT_TABLE))
        table_set(machine, as_table(container), index, value);
    else
        machine_fail(machine, "elements of a %s cannot be set", kind_name(container));
}

/* -- arithmetic */

static void need_numbers(Machine *machine, Value a, Value b, const char *what)
{
    if (!is_number(a) || !is_number(b))
        machine_fail(machine, "cannot %s a %s and a %s", what, kind_name(a), kind_name(b));
}

static Value sum(Machine *machine, Value a, Value b)
{
    if (is_number(a) && is_number(b))
        return number_value(a.as.number + b.as.number);
    if (is_object(a, OBJECT_TEXT) && is_object(b, OBJECT_TEXT))
        return object_value(join_texts(machine, as_text(a), as_text(b)));
    if (is_object(a, OBJECT_LIST) && is_object(b, OBJECT_LIST)) {
        const List *left = as_list(a), *right = as_list(b);
        List *list = make_list(machine, left->count + right->count);
        for (size_t at = 0; at < left->count; at++)
            list->items[list->count++] = left->items[at];
        for (size_t at = 0; at < right->count; at++)
            list->items[list->count++] = right->items[at];
        return object_value(list);
    }
    need_numbers(machine, a, b, "add");
    return nil_value();
}

static bool is_less(Machine *machine, Value a, Value b, bool or_equal)
{
    if (is_object(a, OBJECT_TEXT) && is_object(b, OBJECT_TEXT)) {
        int order = strcmp(as_text(a)->chars, as_text(b)->chars);
        return or_equal ? order <= 0 : order < 0;
    }
    need_numbers(machine, a, b, "compare");
    return or_equal ? a.as.number <= b.as.number : a.as.number < b.as.number;
}

static Value calculated(Machine *machine, Operation operation, Value a, Value b)
{
    switch (operation) {
    case OP_SUBTRACT:
        need_numbers(machine, a, b, "subtract");
        return number_value(a.as.number - b.as.number);
    case OP_MULTIPLY:
        need_numbers(machine, a, b, "multiply");
        return number_value(a.as.number * b.as.number);
    case OP_DIVIDE:
        need_numbers(machine, a, b, "divide");
        return number_value(a.as.number / b.as.number);
    case OP_REMAINDER: {
        need_numbers(machine, a, b, "divide");
        /* The sign is that of the divisor, so that places of rings need no correction. */
        double rest = fmod(a.as.number, b.as.number);
        if (rest != 0 && (rest < 0) != (b.as.number < 0))
            rest += b.as.number;
        return number_value(rest);
    }
    case OP_POWER:
        need_numbers(machine, a, b, "raise");
        return number_value(power_of(a.as.number, b.as.number));
    case OP_RANGE:
        need_numbers(machine, a, b, "make a range of");
        return object_value(make_range(machine, a.as.number, b.as.number));
    case OP_EQUAL:
        return bool_value(values_equal(a, b));
    case OP_LESS:
        return bool_value(is_less(machine, a, b, false));
    case OP_LESS_EQUAL:
        return bool_value(is_less(machine, a, b, true));
    case OP_GREATER:
        return bool_value(is_less(machine, b, a, false));
    case OP_GREATER_EQUAL:
        return bool_value(is_less(machine, b, a, true));
    default:
        return sum(machine, a, b);
    }
}

/* -- collections */

static void make_list_of(Machine *machine, int count)
{
    List *list = make_list(machine, (size_t)count);
    if (count)
        memcpy(list->items, machine->top - count, (size_t)count * sizeof(Value));
    list->count = (size_t)count;
    machine->top -= count;
    push(machine, object_value(list));
}

static void make_table_of(Machine *machine, int count)
{
    Table *table = make_table(machine);
    machine_keep(machine, object_value(table));
    for (Value *pair = machine->top - 2 * count; pair < machine->top; pair += 2)
        table_set(machine, table, pair[0], pair[1]);
    machine_release(machine, 1);
    machine->top -= 2 * count;
    push(machine, object_value(table));
}

/* The next element of what a loop goes through; `state` is the thing itself, and how far the loop has come. */
static bool next_element(Machine *machine, Value *state, Value *value)
{
    Value container = state[0];
    double done = state[1].as.number;
    state[1].as.number = done + 1;
    if (is_object(container, OBJECT_RANGE)) {
        *value = number_value(as_range(container)->first + done);
        return value->as.number <= as_range(container)->last;
    }
    if (is_object(container, OBJECT_LIST)) {
        const List *list = as_list(container);
        if (done >= (double)list->count)
            return false;
        *value = list->items[(size_t)done];
        return true;
    }
    if (is_object(container, OBJECT_TEXT)) {
        const Text *text = as_text(container);
        if (done >= (double)text->length)
            return false;
        *value = object_value(make_text(machine, &text->chars[(size_t)done], 1));
        return true;
    }
    if (is_object(container, OBJECT_TABLE)) {
        const Table *table = as_table(container);
        size_t at = (size_t)done;
        while (at < table->used && !table->entries[at].is_live)
            at++;
        state[1].as.number = (double)at + 1;
        if (at >= table->used)
            return false;
        *value = table->entries[at].key;
        return true;
    }
    machine_fail(machine, "a loop cannot go through a %s", kind_name(container));
}

static void push_closure(Machine *machine, const Frame *frame, Function *function)
{
    Closure *closure = make_closure(machine, function);
    for (int at = 0; at < function->capture_count; at++) {
        Capture capture = function->captures[at];
        closure->cells[at] = capture.is_local ? (Cell *)frame->slots[capture.number].as.object
                                              : frame->closure->cells[capture.number];
    }
    push(machine, object_value(closure));
}

/* -- variables */

static Cell *cell_in(Value value)
{
    return (Cell *)value.as.object;
}

static void load_global(Machine *machine, Value name)
{
    Value value;
    if (!table_get(machine->globals, name, &value))
        machine_fail(machine, "'%s' is not defined", as_text(name)->chars);
    push(machine, value);
}

static void store_global(Machine *machine, Value name)
{
    Value value;
    if (!table_get(machine->globals, name, &value))
        machine_fail(machine, "'%s' is not defined; 'let' defines it", as_text(name)->chars);
    table_set(machine, machine->globals, name, peek(machine, 0));
}

/* -- the loop */

static int word_at(const uint8_t *bytes)
{
    return bytes[0] << 8 | bytes[1];
}

/* Executes until there are no more than `frames` calls under way. */
static void execute(Machine *machine, int frames)
{
    Frame *frame = &machine->frames[machine->frame_count - 1];
    for (;;) {
        const uint8_t *operand = frame->next + 1;
        Operation operation = *frame->next;
        const Value *constants = frame->closure->function->code.constants;
        frame->next = operand + operand_size(operation);
        switch (operation) {
        case OP_NIL:
            push(machine, nil_value());
            break;
        case OP_TRUE:
            push(machine, bool_value(true));
            break;
        case OP_FALSE:
            push(machine, bool_value(false));
            break;
        case OP_CONSTANT:
            push(machine, constants[word_at(operand)]);
            break;
        case OP_POP:
            machine->top--;
            break;
        case OP_LOAD:
            push(machine, frame->slots[*operand]);
            break;
        case OP_STORE:
            frame->slots[*operand] = peek(machine, 0);
            break;
        case OP_INIT:
            frame->slots[*operand] = pop(machine);
            break;
        case OP_MAKE_CELL:
            frame->slots[*operand] = object_value(make_cell(machine, frame->slots[*operand]));
            break;
        case OP_INIT_CELL: {
            Cell *cell = make_cell(machine, peek(machine, 0));
            machine->top--;
            frame->slots[*operand] = object_value(cell);
            break;
        }
        case OP_LOAD_CELL:
            push(machine, cell_in(frame->slots[*operand])->value);
            break;
        case OP_STORE_CELL:
            cell_in(frame->slots[*operand])->value = peek(machine, 0);
            break;
        case OP_LOAD_CAPTURE:
            push(machine, frame->closure->cells[*operand]->value);
            break;
        case OP_STORE_CAPTURE:
            frame->closure->cells[*operand]->value = peek(machine, 0);
            break;
        case OP_LOAD_GLOBAL:
            load_global(machine, constants[word_at(operand)]);
            break;
        case OP_STORE_GLOBAL:
            store_global(machine, constants[word_at(operand)]);
            break;
        case OP_DEFINE_GLOBAL:
            table_set(machine, machine->globals, constants[word_at(operand)], peek(machine, 0));
            machine->top--;
            break;
        case OP_INDEX: {
            Value value = element(machine, peek(machine, 1), peek(machine, 0));
            machine->top -= 2;
            push(machine, value);
            break;
        }
        case OP_SET_INDEX: {
            Value value = peek(machine, 0);
            set_element(machine, peek(machine, 2), peek(machine, 1), value);
            machine->top -= 3;
            push(machine, value);
            break;
        }
        case OP_ADD:
            /* By far the most frequent case. */
            if (is_number(peek(machine, 0)) && is_number(peek(machine, 1))) {
                machine->top--;
                machine->top[-1].as.number += machine->top[0].as.number;
                break;
            } /* fall through */
        case OP_SUBTRACT:
        case OP_MULTIPLY:
        case OP_DIVIDE:
        case OP_REMAINDER:
        case OP_POWER:
        case OP_RANGE:
        case OP_EQUAL:
        case OP_LESS:
        case OP_LESS_EQUAL:
        case OP_GREATER:
        case OP_GREATER_EQUAL: {
            Value value = calculated(machine, operation, peek(machine, 1), peek(machine, 0));
            machine->top -= 2;
            push(machine, value);
            break;
        }
        case OP_NEGATE:
            if (!is_number(peek(machine, 0)))
                machine_fail(machine, "a %s has no negative", kind_name(peek(machine, 0)));
            machine->top[-1].as.number = -machine->top[-1].as.number;
            break;
        case OP_NOT:
            machine->top[-1] = bool_value(!is_true(machine->top[-1]));
            break;
        case OP_JUMP:
            frame->next += word_at(operand);
            break;
        case OP_JUMP_BACK:
            frame->next -= word_at(operand);
            break;
        case OP_JUMP_IF_FALSE:
            if (!is_true(pop(machine)))
                frame->next += word_at(operand);
            break;
        case OP_AND:
            if (!is_true(peek(machine, 0)))
                frame->next += word_at(operand);
            else
                machine->top--;
            break;
        case OP_OR:
            if (is_true(peek(machine, 0)))
                frame->next += word_at(operand);
            else
                machine->top--;
            break;
        case OP_NEXT: {
            Value value;
            if (next_element(machine, &frame->slots[operand[0]], &value))
                push(machine, value);
            else
                frame->next += word_at(operand + 1);
            break;
        }
        case OP_LIST:
            make_list_of(machine, word_at(operand));
            break;
        case OP_TABLE:
            make_table_of(machine, word_at(operand));
            break;
        case OP_CLOSURE:
            push_closure(machine, frame, (Function *)constants[word_at(operand)].as.object);
            break;
        case OP_CALL:
            call_value(machine, peek(machine, *operand), *operand);
            frame = &machine->frames[machine->frame_count - 1];
            break;
        case OP_RETURN:
            leave_frame(machine);
            if (machine->frame_count == frames)
                return;
            frame = &machine->frames[machine->frame_count - 1];
            break;
        case OP_TRY:
            if (machine->handler_count == MOST_HANDLERS)
                machine_fail(machine, "try is nested too deeply");
            machine->handlers[machine->handler_count++] = (Handler){
                machine->frame_count, machine->top, frame->next + word_at(operand)};
            break;
        case OP_END_TRY:
            machine->handler_count--;
            break;
        case OP_THROW:
            throw_value(machine, pop(machine));
        case OP_COUNT:
            return;
        }
    }
}

/* Calls what lies on the stack below its arguments, to its end. What nobody inside catches goes on to who called. */
static void run(Machine *machine, int count)
{
    int frames = machine->frame_count;
    int handlers = machine->handler_count;
    int kept = machine->kept_count;
    jmp_buf *around = machine->catcher;
    jmp_buf here;
    machine->catcher = &here;
    if (setjmp(here) == 0) {
        call_value(machine, peek(machine, count), count);
        if (machine->frame_count > frames)
            execute(machine, frames);
    } else {
        /* Something was thrown, now or by what the last handler did. */
        if (machine->handler_count == handlers) {
            machine->catcher = around;
            longjmp(*around, 1);
        }
        Handler *handler = &machine->handlers[--machine->handler_count];
        machine->frame_count = handler->frame_count;
        machine->top = handler->top;
        machine->kept_count = kept;
        push(machine, machine->thrown);
        machine->frames[machine->frame_count - 1].next = handler->target;
        execute(machine, frames);
    }
    machine->catcher = around;
}

Value machine_call(Machine *machine, Value function, int count, const Value *arguments)
{
    push(machine, function);
    for (int at = 0; at < count; at++)
        push(machine, arguments[at]);
    run(machine, count);
    return pop(machine);
}

static void tell(Machine *machine)
{
    fflush(stdout);
    machine->frame_count = 0;
    Text *text = text_of(machine, machine->thrown);
    fprintf(stderr, "error: %s\n%s", text->chars, machine->trace);
}

static int run_function(Machine *machine, Function *function)
{
    jmp_buf nobody_caught;
    if (setjmp(nobody_caught)) {
        tell(machine);
        return 1;
    }
    machine->catcher = &nobody_caught;
    machine_call(machine, object_value(make_closure(machine, function)), 0, NULL);
    return 0;
}

int machine_run(Machine *machine, const char *source, bool listing)
{
    char message[256];
    Arena arena = {0};
    Unit *unit = parse(machine, &arena, source, message, sizeof message);
    Function *function = unit ? generate(machine, unit, message, sizeof message) : NULL;
    arena_free(&arena);
    machine->kept_count = 0;
    if (!function) {
        fprintf(stderr, "error: %s\n", message);
        return 1;
    }
    if (listing) {
        code_print(&function->code, function->name->chars, stdout);
        return 0;
    }
    return run_function(machine, function);
}

void machine_open(Machine *machine)
{
    memset(machine, 0, sizeof *machine);
    heap_open(&machine->heap);
    machine->stack = must_allocate(NULL, STACK_SIZE * sizeof *machine->stack);
    machine->top = machine->stack;
    machine->random = 88172645463325252u;
    machine->globals = make_table(machine);
    define_library(machine);
}

void machine_close(Machine *machine)
{
    heap_close(machine);
    free(machine->stack);
    free(machine->read);
}

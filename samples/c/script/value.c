/* value.c - comparing values and showing them */

#include "value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "object.h"

enum { DEEPEST = 16 };

bool values_equal(Value a, Value b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case VALUE_NIL:
        return true;
    case VALUE_BOOL:
        return a.as.boolean == b.as.boolean;
    case VALUE_NUMBER:
        return a.as.number == b.as.number;
    case VALUE_OBJECT:
        /* Texts are interned: equal ones are the same object. */
        return a.as.object == b.as.object;
    }
    return false;
}

const char *kind_name(Value value)
{
    switch (value.kind) {
    case VALUE_NIL:
        return "nil";
    case VALUE_BOOL:
        return "bool";
    case VALUE_NUMBER:
        return "number";
    case VALUE_OBJECT:
        break;
    }
    switch (value.as.object->kind) {
    case OBJECT_TEXT:
        return "text";
    case OBJECT_LIST:
        return "list";
    case OBJECT_TABLE:
        return "table";
    case OBJECT_RANGE:
        return "range";
    case OBJECT_CLOSURE:
    case OBJECT_NATIVE:
        return "function";
    case OBJECT_FUNCTION:
    case OBJECT_CELL:
        break;
    }
    return "internal";
}

int format_number(double number, char *buffer)
{
    if (isnan(number))
        return snprintf(buffer, NUMBER_SIZE, "nan");
    if (isinf(number))
        return snprintf(buffer, NUMBER_SIZE, number < 0 ? "-inf" : "inf");
    if (number == floor(number) && fabs(number) < 1e15)
        return snprintf(buffer, NUMBER_SIZE, "%.0f", number);
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(buffer, NUMBER_SIZE, "%.*g", digits, number);
        if (strtod(buffer, NULL) == number)
            break;
    }
    return length;
}

static void show(Machine *machine, Builder *builder, Value value, int depth);

static void show_quoted(Builder *builder, const Text *text)
{
    builder_add_char(builder, '"');
    for (size_t at = 0; at < text->length; at++) {
        char c = text->chars[at];
        if (c == '\n') {
            builder_add(builder, "\\n", 2);
            continue;
        }
        if (c == '"' || c == '\\')
            builder_add_char(builder, '\\');
        builder_add_char(builder, c);
    }
    builder_add_char(builder, '"');
}

static void show_list(Machine *machine, Builder *builder, const List *list, int depth)
{
    builder_add_char(builder, '[');
    for (size_t at = 0; at < list->count; at++) {
        if (at)
            builder_add(builder, ", ", 2);
        show(machine, builder, list->items[at], depth + 1);
    }
    builder_add_char(builder, ']');
}

static void show_table(Machine *machine, Builder *builder, const Table *table, int depth)
{
    builder_add_char(builder, '{');
    bool is_first = true;
    for (size_t at = 0; at < table->used; at++) {
        const Entry *entry = &table->entries[at];
        if (!entry->is_live)
            continue;
        if (!is_first)
            builder_add(builder, ", ", 2);
        is_first = false;
        show(machine, builder, entry->key, depth + 1);
        builder_add(builder, ": ", 2);
        show(machine, builder, entry->value, depth + 1);
    }
    builder_add_char(builder, '}');
}

static void show_object(Machine *machine, Builder *builder, Object *object, int depth)
{
    char buffer[NUMBER_SIZE];
    switch (object->kind) {
    case OBJECT_TEXT:
        if (depth)
            show_quoted(builder, (Text *)object);
        else
            builder_add(builder, ((Text *)object)->chars, ((Text *)object)->length);
        return;
    case OBJECT_LIST:
        if (depth >= DEEPEST)
            builder_add(builder, "[...]", 5);
        else
            show_list(machine, builder, (List *)object, depth);
        return;
    case OBJECT_TABLE:
        if (depth >= DEEPEST)
            builder_add(builder, "{...}", 5);
        else
            show_table(machine, builder, (Table *)object, depth);
        return;
    case OBJECT_RANGE:
        builder_add(builder, buffer, (size_t)format_number(((Range *)object)->first, buffer));
        builder_add(builder, "..", 2);
        builder_add(builder, buffer, (size_t)format_number(((Range *)object)->last, buffer));
        return;
    case OBJECT_CLOSURE:
        builder_add(builder, "fn ", 3);
        builder_add_text(builder, ((Closure *)object)->function->name);
        return;
    case OBJECT_NATIVE:
        builder_add(builder, "fn ", 3);
        builder_add(builder, ((Native *)object)->name, strlen(((Native *)object)->name));
        return;
    case OBJECT_FUNCTION:
    case OBJECT_CELL:
        builder_add(builder, "<internal>", 10);
        return;
    }
}

static void show(Machine *machine, Builder *builder, Value value, int depth)
{
    char buffer[NUMBER_SIZE];
    switch (value.kind) {
    case VALUE_NIL:
        builder_add(builder, "nil", 3);
        return;
    case VALUE_BOOL:
        if (value.as.boolean)
            builder_add(builder, "true", 4);
        else
            builder_add(builder, "false", 5);
        return;
    case VALUE_NUMBER:
        builder_add(builder, buffer, (size_t)format_number(value.as.number, buffer));
        return;
    case VALUE_OBJECT:
        show_object(machine, builder, value.as.object, depth);
        return;
    }
}

Text *text_of(Machine *machine, Value value)
{
    if (is_object(value, OBJECT_TEXT))
        return as_text(value);
    Builder builder = {0};
    show(machine, &builder, value, 0);
    Text *text = make_text(machine, builder.chars ? builder.chars : "", builder.length);
    builder_free(&builder);
    return text;
}

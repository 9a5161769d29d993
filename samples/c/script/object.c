/* object.c - making and changing objects */

#include "object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "machine.h"

/* -- texts */

static uint32_t hash_of(const char *chars, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t at = 0; at < length; at++) {
        hash ^= (uint8_t)chars[at];
        hash *= 16777619u;
    }
    return hash;
}

static void grow_text_places(Heap *heap)
{
    size_t room = heap->text_room ? 2 * heap->text_room : 256;
    Text **places = must_allocate(NULL, room * sizeof *places);
    memset(places, 0, room * sizeof *places);
    for (size_t at = 0; at < heap->text_room; at++) {
        Text *text = heap->texts[at];
        if (!text)
            continue;
        size_t place = text->hash & (room - 1);
        while (places[place])
            place = (place + 1) & (room - 1);
        places[place] = text;
    }
    free(heap->texts);
    heap->texts = places;
    heap->text_room = room;
}

static Text *find_text(const Heap *heap, const char *chars, size_t length, uint32_t hash)
{
    if (!heap->text_room)
        return NULL;
    for (size_t place = hash & (heap->text_room - 1); heap->texts[place]; place = (place + 1) & (heap->text_room - 1)) {
        Text *text = heap->texts[place];
        if (text->hash == hash && text->length == length && memcmp(text->chars, chars, length) == 0)
            return text;
    }
    return NULL;
}

Text *make_text(Machine *machine, const char *chars, size_t length)
{
    Heap *heap = &machine->heap;
    uint32_t hash = hash_of(chars, length);
    Text *text = find_text(heap, chars, length, hash);
    if (text)
        return text;
    text = (Text *)allocate_object(machine, sizeof(Text) + length + 1, OBJECT_TEXT);
    text->hash = hash;
    text->length = length;
    memcpy(text->chars, chars, length);
    if (4 * (heap->text_count + 1) > 3 * heap->text_room)
        grow_text_places(heap);
    size_t place = hash & (heap->text_room - 1);
    while (heap->texts[place])
        place = (place + 1) & (heap->text_room - 1);
    heap->texts[place] = text;
    heap->text_count++;
    return text;
}

Text *make_text_from(Machine *machine, const char *chars)
{
    return make_text(machine, chars, strlen(chars));
}

Text *join_texts(Machine *machine, const Text *a, const Text *b)
{
    size_t length = a->length + b->length;
    char *chars = must_allocate(NULL, length + 1);
    memcpy(chars, a->chars, a->length);
    memcpy(chars + a->length, b->chars, b->length);
    Text *text = make_text(machine, chars, length);
    free(chars);
    return text;
}

/* -- lists */

List *make_list(Machine *machine, size_t room)
{
    List *list = (List *)allocate_object(machine, sizeof(List), OBJECT_LIST);
    if (room) {
        list->items = resize(machine, NULL, 0, room * sizeof *list->items);
        list->room = room;
    }
    return list;
}

void list_push(Machine *machine, List *list, Value value)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 4;
        list->items = resize(machine, list->items, list->room * sizeof *list->items, room * sizeof *list->items);
        list->room = room;
    }
    list->items[list->count++] = value;
}

/* -- tables */

static uint32_t hash_of_value(Value value)
{
    switch (value.kind) {
    case VALUE_NIL:
        return 7;
    case VALUE_BOOL:
        return value.as.boolean ? 3 : 5;
    case VALUE_NUMBER: {
        /* 0 and -0 are equal and must be found in the same place. */
        double number = value.as.number == 0 ? 0 : value.as.number;
        uint64_t bits;
        memcpy(&bits, &number, sizeof bits);
        bits ^= bits >> 32;
        return (uint32_t)bits * 2654435761u;
    }
    case VALUE_OBJECT:
        break;
    }
    if (value.as.object->kind == OBJECT_TEXT)
        return as_text(value)->hash;
    return (uint32_t)((uintptr_t)value.as.object >> 3) * 2654435761u;
}

/* The place in the index that leads to `key`, or the free one where it belongs. */
static size_t place_of(const Table *table, Value key)
{
    size_t mask = table->index_size - 1;
    size_t place = hash_of_value(key) & mask;
    while (table->index[place]) {
        const Entry *entry = &table->entries[table->index[place] - 1];
        if (entry->is_live && values_equal(entry->key, key))
            break;
        place = (place + 1) & mask;
    }
    return place;
}

Table *make_table(Machine *machine)
{
    return (Table *)allocate_object(machine, sizeof(Table), OBJECT_TABLE);
}

bool table_get(const Table *table, Value key, Value *value)
{
    if (!table->count)
        return false;
    uint32_t number = table->index[place_of(table, key)];
    if (!number)
        return false;
    *value = table->entries[number - 1].value;
    return true;
}

/* Leaves out removed entries, makes room for as many again, and builds the index anew. */
static void rebuild(Machine *machine, Table *table)
{
    size_t room = table->count < 4 ? 8 : 2 * table->count;
    size_t index_size = 8;
    while (index_size < 2 * room)
        index_size *= 2;
    Entry *entries = resize(machine, NULL, 0, room * sizeof *entries);
    size_t used = 0;
    for (size_t at = 0; at < table->used; at++) {
        if (table->entries[at].is_live)
            entries[used++] = table->entries[at];
    }
    resize(machine, table->entries, table->room * sizeof *table->entries, 0);
    table->index = resize(machine, table->index, table->index_size * sizeof *table->index,
                          index_size * sizeof *table->index);
    memset(table->index, 0, index_size * sizeof *table->index);
    table->entries = entries;
    table->used = used;
    table->room = room;
    table->index_size = index_size;
    for (size_t at = 0; at < used; at++)
        table->index[place_of(table, entries[at].key)] = (uint32_t)at + 1;
}

void table_set(Machine *machine, Table *table, Value key, Value value)
{
    if (table->index_size) {
        uint32_t number = table->index[place_of(table, key)];
        if (number) {
            table->entries[number - 1].value = value;
            return;
        }
    }
    if (table->used == table->room)
        rebuild(machine, table);
    size_t place = place_of(table, key);
    table->entries[table->used] = (Entry){key, value, true};
    table->index[place] = (uint32_t)++table->used;
    table->count++;
}

bool table_remove(Table *table, Value key)
{
    if (!table->count)
        return false;
    uint32_t number = table->index[place_of(table, key)];
    if (!number)
        return false;
    table->entries[number - 1] = (Entry){nil_value(), nil_value(), false};
    table->count--;
    return true;
}

/* -- the rest */

Range *make_range(Machine *machine, double first, double last)
{
    Range *range = (Range *)allocate_object(machine, sizeof(Range), OBJECT_RANGE);
    range->first = first;
    range->last = last;
    return range;
}

Function *make_function(Machine *machine, Text *name)
{
    machine_keep(machine, object_value(name));
    Function *function = (Function *)allocate_object(machine, sizeof(Function), OBJECT_FUNCTION);
    function->name = name;
    machine_release(machine, 1);
    return function;
}

Closure *make_closure(Machine *machine, Function *function)
{
    size_t size = sizeof(Closure) + (size_t)function->capture_count * sizeof(Cell *);
    Closure *closure = (Closure *)allocate_object(machine, size, OBJECT_CLOSURE);
    closure->function = function;
    closure->cell_count = function->capture_count;
    return closure;
}

Cell *make_cell(Machine *machine, Value value)
{
    Cell *cell = (Cell *)allocate_object(machine, sizeof(Cell), OBJECT_CELL);
    cell->value = value;
    return cell;
}

Native *make_native(Machine *machine, const char *name, int least, int most, NativeMeaning meaning)
{
    Native *native = (Native *)allocate_object(machine, sizeof(Native), OBJECT_NATIVE);
    native->name = name;
    native->least = least;
    native->most = most;
    native->meaning = meaning;
    return native;
}

/* -- builders */

void builder_add(Builder *builder, const char *chars, size_t length)
{
    if (!length)
        return;
    if (builder->length + length > builder->room) {
        builder->room = 2 * (builder->length + length) + 16;
        builder->chars = must_allocate(builder->chars, builder->room);
    }
    memcpy(builder->chars + builder->length, chars, length);
    builder->length += length;
}

void builder_add_char(Builder *builder, char c)
{
    builder_add(builder, &c, 1);
}

void builder_add_text(Builder *builder, const Text *text)
{
    builder_add(builder, text->chars, text->length);
}

void builder_free(Builder *builder)
{
    free(builder->chars);
    *builder = (Builder){0};
}

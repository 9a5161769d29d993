/* heap.c - a mark and sweep collector

   Marking begins with what the machine can reach (machine_mark_roots) and goes on from a stack of grey objects: marked
   themselves, their contents not yet. Sweeping frees what is not marked. A collection is due when as much has been
   allocated as was left by the last one. */

#include "heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum { FIRST_COLLECTION = 64 * 1024 };

void *must_allocate(void *memory, size_t size)
{
    void *result = realloc(memory, size);
    if (!result) {
        fprintf(stderr, "script: out of memory\n");
        exit(3);
    }
    return result;
}

void heap_open(Heap *heap)
{
    memset(heap, 0, sizeof *heap);
    heap->next_collection = FIRST_COLLECTION;
}

void *resize(Machine *machine, void *memory, size_t old_size, size_t new_size)
{
    machine->heap.bytes += new_size;
    machine->heap.bytes -= old_size;
    if (!new_size) {
        free(memory);
        return NULL;
    }
    return must_allocate(memory, new_size);
}

Object *allocate_object(Machine *machine, size_t size, ObjectKind kind)
{
    Heap *heap = &machine->heap;
    if (heap->bytes + size > heap->next_collection)
        collect(machine);
    Object *object = resize(machine, NULL, 0, size);
    memset(object, 0, size);
    object->kind = kind;
    object->next = heap->objects;
    heap->objects = object;
    return object;
}

void mark_object(Heap *heap, Object *object)
{
    if (!object || object->is_marked)
        return;
    object->is_marked = true;
    if (object->kind == OBJECT_TEXT || object->kind == OBJECT_NATIVE || object->kind == OBJECT_RANGE)
        return;
    if (heap->grey_count == heap->grey_room) {
        heap->grey_room = heap->grey_room ? 2 * heap->grey_room : 256;
        heap->grey = must_allocate(heap->grey, heap->grey_room * sizeof *heap->grey);
    }
    heap->grey[heap->grey_count++] = object;
}

void mark_value(Heap *heap, Value value)
{
    if (value.kind == VALUE_OBJECT)
        mark_object(heap, value.as.object);
}

static void mark_contents(Heap *heap, Object *object)
{
    switch (object->kind) {
    case OBJECT_LIST: {
        List *list = (List *)object;
        for (size_t at = 0; at < list->count; at++)
            mark_value(heap, list->items[at]);
        return;
    }
    case OBJECT_TABLE: {
        Table *table = (Table *)object;
        for (size_t at = 0; at < table->used; at++) {
            if (table->entries[at].is_live) {
                mark_value(heap, table->entries[at].key);
                mark_value(heap, table->entries[at].value);
            }
        }
        return;
    }
    case OBJECT_FUNCTION: {
        Function *function = (Function *)object;
        mark_object(heap, (Object *)function->name);
        for (int at = 0; at < function->code.constant_count; at++)
            mark_value(heap, function->code.constants[at]);
        return;
    }
    case OBJECT_CLOSURE: {
        Closure *closure = (Closure *)object;
        mark_object(heap, (Object *)closure->function);
        for (int at = 0; at < closure->cell_count; at++)
            mark_object(heap, (Object *)closure->cells[at]);
        return;
    }
    case OBJECT_CELL:
        mark_value(heap, ((Cell *)object)->value);
        return;
    case OBJECT_TEXT:
    case OBJECT_RANGE:
    case OBJECT_NATIVE:
        return;
    }
}

static void free_object(Machine *machine, Object *object)
{
    switch (object->kind) {
    case OBJECT_TEXT:
        resize(machine, object, sizeof(Text) + ((Text *)object)->length + 1, 0);
        return;
    case OBJECT_LIST: {
        List *list = (List *)object;
        resize(machine, list->items, list->room * sizeof *list->items, 0);
        resize(machine, object, sizeof(List), 0);
        return;
    }
    case OBJECT_TABLE: {
        Table *table = (Table *)object;
        resize(machine, table->entries, table->room * sizeof *table->entries, 0);
        resize(machine, table->index, table->index_size * sizeof *table->index, 0);
        resize(machine, object, sizeof(Table), 0);
        return;
    }
    case OBJECT_RANGE:
        resize(machine, object, sizeof(Range), 0);
        return;
    case OBJECT_FUNCTION: {
        Function *function = (Function *)object;
        code_free(&function->code);
        free(function->captures);
        resize(machine, object, sizeof(Function), 0);
        return;
    }
    case OBJECT_CLOSURE: {
        Closure *closure = (Closure *)object;
        resize(machine, object, sizeof(Closure) + (size_t)closure->cell_count * sizeof(Cell *), 0);
        return;
    }
    case OBJECT_CELL:
        resize(machine, object, sizeof(Cell), 0);
        return;
    case OBJECT_NATIVE:
        resize(machine, object, sizeof(Native), 0);
        return;
    }
}

/* Drops texts that are not marked from the chains before they are freed. */
static void forget_texts(Heap *heap)
{
    for (size_t at = 0; at < heap->text_room; at++) {
        Text *text = heap->texts[at];
        if (text && !text->object.is_marked) {
            heap->texts[at] = NULL;
            heap->text_count--;
        }
    }
    /* Places are probed one after the other, so what follows a gap has to be put in again. */
    size_t room = heap->text_room;
    Text **old = heap->texts;
    if (!room)
        return;
    heap->texts = must_allocate(NULL, room * sizeof *heap->texts);
    memset(heap->texts, 0, room * sizeof *heap->texts);
    for (size_t at = 0; at < room; at++) {
        if (!old[at])
            continue;
        size_t place = old[at]->hash & (room - 1);
        while (heap->texts[place])
            place = (place + 1) & (room - 1);
        heap->texts[place] = old[at];
    }
    free(old);
}

static void sweep(Machine *machine)
{
    Object **link = &machine->heap.objects;
    while (*link) {
        Object *object = *link;
        if (object->is_marked) {
            object->is_marked = false;
            link = &object->next;
        } else {
            *link = object->next;
            free_object(machine, object);
            machine->heap.freed_objects++;
        }
    }
}

void collect(Machine *machine)
{
    Heap *heap = &machine->heap;
    machine_mark_roots(machine);
    while (heap->grey_count)
        mark_contents(heap, heap->grey[--heap->grey_count]);
    forget_texts(heap);
    sweep(machine);
    heap->next_collection = 2 * heap->bytes;
    if (heap->next_collection < FIRST_COLLECTION)
        heap->next_collection = FIRST_COLLECTION;
    heap->collections++;
}

void heap_close(Machine *machine)
{
    Heap *heap = &machine->heap;
    while (heap->objects) {
        Object *object = heap->objects;
        heap->objects = object->next;
        free_object(machine, object);
    }
    free(heap->grey);
    free(heap->texts);
}

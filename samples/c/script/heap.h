/* heap.h - memory of scripts, and its collection */

#ifndef HEAP_H
#define HEAP_H

#include "object.h"

/* Objects hang on one list. Texts can also be found by what they say, in a table of chains that does not keep them
   alive. */
typedef struct {
    Object *objects;
    size_t bytes;
    size_t next_collection;
    Object **grey;
    size_t grey_count;
    size_t grey_room;
    Text **texts;
    size_t text_count;
    size_t text_room;
    unsigned collections;
    size_t freed_objects;
} Heap;

void heap_open(Heap *heap);
void heap_close(Machine *machine);

/* Memory that ends the process when there is none. `old_size` and `new_size` are in bytes and counted. */
void *resize(Machine *machine, void *memory, size_t old_size, size_t new_size);

/* A new object; may collect first, so what the caller holds must be reachable. */
Object *allocate_object(Machine *machine, size_t size, ObjectKind kind);

void mark_value(Heap *heap, Value value);
void mark_object(Heap *heap, Object *object);
void collect(Machine *machine);

/* Memory outside the heap of the script. */
void *must_allocate(void *memory, size_t size);

#endif

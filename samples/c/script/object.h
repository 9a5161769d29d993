/* object.h - everything that lives on the heap of a script */

#ifndef OBJECT_H
#define OBJECT_H

#include "code.h"
#include "value.h"

typedef enum {
    OBJECT_TEXT,
    OBJECT_LIST,
    OBJECT_TABLE,
    OBJECT_RANGE,
    OBJECT_FUNCTION,
    OBJECT_CLOSURE,
    OBJECT_CELL,
    OBJECT_NATIVE,
} ObjectKind;

struct Object {
    ObjectKind kind;
    bool is_marked;
    Object *next;
};

/* A text never changes, and no two objects hold the same one. `chars` ends with a 0 that is not counted. */
struct Text {
    Object object;
    uint32_t hash;
    size_t length;
    char chars[];
};

typedef struct {
    Object object;
    size_t count;
    size_t room;
    Value *items;
} List;

typedef struct {
    Value key;
    Value value;
    bool is_live;
} Entry;

/* Entries in the order in which they were added, and an index by hash that finds them: `index[i]` is the number of an
   entry plus one, 0 for a free place. Removed entries stay until the table is rebuilt. */
typedef struct {
    Object object;
    size_t count;
    size_t used;
    size_t room;
    Entry *entries;
    uint32_t *index;
    size_t index_size;
} Table;

typedef struct {
    Object object;
    double first;
    double last;
} Range;

/* Where a closure finds a variable of a function around it when it is made. */
typedef struct {
    bool is_local;
    uint8_t number;
} Capture;

typedef struct {
    Object object;
    Text *name;
    int parameters;
    int slots;
    int most_values;
    Code code;
    Capture *captures;
    int capture_count;
} Function;

/* A variable that outlives its function because a closure uses it. */
typedef struct {
    Object object;
    Value value;
} Cell;

typedef struct {
    Object object;
    Function *function;
    int cell_count;
    Cell *cells[];
} Closure;

typedef Value (*NativeMeaning)(Machine *machine, int count, Value *arguments);

typedef struct {
    Object object;
    const char *name;
    int least;
    int most;
    NativeMeaning meaning;
} Native;

static inline bool is_object(Value value, ObjectKind kind)
{
    return value.kind == VALUE_OBJECT && value.as.object->kind == kind;
}

static inline Text *as_text(Value value)
{
    return (Text *)value.as.object;
}

static inline List *as_list(Value value)
{
    return (List *)value.as.object;
}

static inline Table *as_table(Value value)
{
    return (Table *)value.as.object;
}

static inline Range *as_range(Value value)
{
    return (Range *)value.as.object;
}

Text *make_text(Machine *machine, const char *chars, size_t length);
Text *make_text_from(Machine *machine, const char *chars);
Text *join_texts(Machine *machine, const Text *a, const Text *b);

List *make_list(Machine *machine, size_t room);
void list_push(Machine *machine, List *list, Value value);

Table *make_table(Machine *machine);
bool table_get(const Table *table, Value key, Value *value);
void table_set(Machine *machine, Table *table, Value key, Value value);
bool table_remove(Table *table, Value key);

Range *make_range(Machine *machine, double first, double last);
Function *make_function(Machine *machine, Text *name);
Closure *make_closure(Machine *machine, Function *function);
Cell *make_cell(Machine *machine, Value value);
Native *make_native(Machine *machine, const char *name, int least, int most, NativeMeaning meaning);

/* A text under construction; not on the heap of the script, so it must be freed. All 0 is an empty one. */
typedef struct {
    char *chars;
    size_t length;
    size_t room;
} Builder;

void builder_add(Builder *builder, const char *chars, size_t length);
void builder_add_char(Builder *builder, char c);
void builder_add_text(Builder *builder, const Text *text);
void builder_free(Builder *builder);

#endif

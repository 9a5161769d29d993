/* value.h - what a variable of a script can hold */

#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Object Object;
typedef struct Text Text;
typedef struct Machine Machine;

typedef enum { VALUE_NIL, VALUE_BOOL, VALUE_NUMBER, VALUE_OBJECT } ValueKind;

typedef struct {
    ValueKind kind;
    union {
        bool boolean;
        double number;
        Object *object;
    } as;
} Value;

static inline Value nil_value(void)
{
    return (Value){.kind = VALUE_NIL, .as.number = 0};
}

static inline Value bool_value(bool boolean)
{
    return (Value){.kind = VALUE_BOOL, .as.boolean = boolean};
}

static inline Value number_value(double number)
{
    return (Value){.kind = VALUE_NUMBER, .as.number = number};
}

static inline Value object_value(void *object)
{
    return (Value){.kind = VALUE_OBJECT, .as.object = object};
}

static inline bool is_nil(Value value)
{
    return value.kind == VALUE_NIL;
}

static inline bool is_number(Value value)
{
    return value.kind == VALUE_NUMBER;
}

/* Only nil and false are false: 0 and "" are true. */
static inline bool is_true(Value value)
{
    return value.kind != VALUE_NIL && !(value.kind == VALUE_BOOL && !value.as.boolean);
}

bool values_equal(Value a, Value b);
const char *kind_name(Value value);

/* The value as `print` shows it; inside lists and tables texts are quoted. */
Text *text_of(Machine *machine, Value value);

/* The shortest decimal number that is read as the same double. `buffer` has room for NUMBER_SIZE characters. */
enum { NUMBER_SIZE = 32 };
int format_number(double number, char *buffer);

#endif

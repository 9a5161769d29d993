/* library.c - the functions that every script can call */

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine.h"
#include "numbers.h"

/* -- taking arguments */

static double number_at(Machine *machine, Value *arguments, int at)
{
    if (!is_number(arguments[at]))
        machine_fail(machine, "argument %d must be a number, not a %s", at + 1, kind_name(arguments[at]));
    return arguments[at].as.number;
}

static Text *text_at(Machine *machine, Value *arguments, int at)
{
    if (!is_object(arguments[at], OBJECT_TEXT))
        machine_fail(machine, "argument %d must be a text, not a %s", at + 1, kind_name(arguments[at]));
    return as_text(arguments[at]);
}

static List *list_at(Machine *machine, Value *arguments, int at)
{
    if (!is_object(arguments[at], OBJECT_LIST))
        machine_fail(machine, "argument %d must be a list, not a %s", at + 1, kind_name(arguments[at]));
    return as_list(arguments[at]);
}

static Table *table_at(Machine *machine, Value *arguments, int at)
{
    if (!is_object(arguments[at], OBJECT_TABLE))
        machine_fail(machine, "argument %d must be a table, not a %s", at + 1, kind_name(arguments[at]));
    return as_table(arguments[at]);
}

/* A place in something of `length`: negative ones count from the end, those outside are moved to the nearest end. */
static size_t place_at(Machine *machine, Value *arguments, int at, size_t length)
{
    double number = floor(number_at(machine, arguments, at));
    if (number < 0)
        number += (double)length;
    if (!(number > 0))
        return 0;
    return number > (double)length ? length : (size_t)number;
}

static Value made_text(Machine *machine, Builder *builder)
{
    Text *text = make_text(machine, builder->chars ? builder->chars : "", builder->length);
    builder_free(builder);
    return object_value(text);
}

/* -- output and input */

static void print_all(Machine *machine, int count, Value *arguments)
{
    for (int at = 0; at < count; at++) {
        const Text *text = text_of(machine, arguments[at]);
        if (at)
            putchar(' ');
        fwrite(text->chars, 1, text->length, stdout);
    }
}

static Value print_line(Machine *machine, int count, Value *arguments)
{
    print_all(machine, count, arguments);
    putchar('\n');
    return nil_value();
}

static Value write_out(Machine *machine, int count, Value *arguments)
{
    print_all(machine, count, arguments);
    return nil_value();
}

static Value read_line(Machine *machine, int count, Value *arguments)
{
    (void)count, (void)arguments;
    Builder builder = {0};
    int c;
    while ((c = getchar()) != EOF && c != '\n')
        builder_add_char(&builder, (char)c);
    if (c == EOF && !builder.length)
        return nil_value();
    return made_text(machine, &builder);
}

/* -- values */

static Value kind_of(Machine *machine, int count, Value *arguments)
{
    (void)count;
    return object_value(make_text_from(machine, kind_name(arguments[0])));
}

static Value to_text(Machine *machine, int count, Value *arguments)
{
    (void)count;
    return object_value(text_of(machine, arguments[0]));
}

/* nil for a text that is no number. */
static Value to_number(Machine *machine, int count, Value *arguments)
{
    (void)count;
    if (is_number(arguments[0]))
        return arguments[0];
    const Text *text = text_at(machine, arguments, 0);
    char *end;
    double number = strtod(text->chars, &end);
    while (isspace((unsigned char)*end))
        end++;
    return text->length && end == text->chars + text->length ? number_value(number) : nil_value();
}

static Value assert_that(Machine *machine, int count, Value *arguments)
{
    if (!is_true(arguments[0]))
        machine_fail(machine, "%s", count > 1 ? text_at(machine, arguments, 1)->chars : "an assertion failed");
    return arguments[0];
}

static Value length_of(Machine *machine, int count, Value *arguments)
{
    (void)count;
    if (is_object(arguments[0], OBJECT_TEXT))
        return number_value((double)as_text(arguments[0])->length);
    if (is_object(arguments[0], OBJECT_LIST))
        return number_value((double)as_list(arguments[0])->count);
    if (is_object(arguments[0], OBJECT_TABLE))
        return number_value((double)as_table(arguments[0])->count);
    machine_fail(machine, "a %s has no length", kind_name(arguments[0]));
}

/* -- lists */

static Value push_value(Machine *machine, int count, Value *arguments)
{
    List *list = list_at(machine, arguments, 0);
    for (int at = 1; at < count; at++)
        list_push(machine, list, arguments[at]);
    return arguments[0];
}

static Value pop_value(Machine *machine, int count, Value *arguments)
{
    (void)count;
    List *list = list_at(machine, arguments, 0);
    if (!list->count)
        machine_fail(machine, "the list is empty");
    return list->items[--list->count];
}

static Value insert_value(Machine *machine, int count, Value *arguments)
{
    (void)count;
    List *list = list_at(machine, arguments, 0);
    size_t place = place_at(machine, arguments, 1, list->count);
    list_push(machine, list, nil_value());
    memmove(&list->items[place + 1], &list->items[place], (list->count - 1 - place) * sizeof(Value));
    list->items[place] = arguments[2];
    return arguments[0];
}

/* Of a list the element at a place, of a table that of a key. */
static Value remove_value(Machine *machine, int count, Value *arguments)
{
    (void)count;
    if (is_object(arguments[0], OBJECT_TABLE))
        return bool_value(table_remove(as_table(arguments[0]), arguments[1]));
    List *list = list_at(machine, arguments, 0);
    size_t place = place_at(machine, arguments, 1, list->count);
    if (place >= list->count)
        machine_fail(machine, "the list has no such place");
    Value value = list->items[place];
    memmove(&list->items[place], &list->items[place + 1], (list->count - 1 - place) * sizeof(Value));
    list->count--;
    return value;
}

/* A part of a list or a text, from a place up to another one. */
static Value slice(Machine *machine, int count, Value *arguments)
{
    bool is_text = is_object(arguments[0], OBJECT_TEXT);
    size_t length = is_text ? as_text(arguments[0])->length : list_at(machine, arguments, 0)->count;
    size_t first = place_at(machine, arguments, 1, length);
    size_t end = count > 2 ? place_at(machine, arguments, 2, length) : length;
    if (end < first)
        end = first;
    if (is_text)
        return object_value(make_text(machine, as_text(arguments[0])->chars + first, end - first));
    List *part = make_list(machine, end - first);
    if (end > first)
        memcpy(part->items, as_list(arguments[0])->items + first, (end - first) * sizeof(Value));
    part->count = end - first;
    return object_value(part);
}

static bool comes_before(Machine *machine, Value less, Value a, Value b)
{
    if (!is_nil(less))
        return is_true(machine_call(machine, less, 2, (Value[]){a, b}));
    if (is_number(a) && is_number(b))
        return a.as.number < b.as.number;
    if (is_object(a, OBJECT_TEXT) && is_object(b, OBJECT_TEXT))
        return strcmp(as_text(a)->chars, as_text(b)->chars) < 0;
    machine_fail(machine, "cannot compare a %s and a %s", kind_name(a), kind_name(b));
}

/* Merges runs of growing length from one list into the other and back; equal elements stay in their order. Both lists
   are where the collector finds them, whatever the comparison does. */
static void merge_sort(Machine *machine, List *list, List *spare, Value less)
{
    size_t count = list->count;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = middle + width < count ? middle + width : count;
            size_t left = start, right = middle;
            for (size_t at = start; at < end; at++) {
                bool take_right = left >= middle
                                  || (right < end && comes_before(machine, less, list->items[right], list->items[left]));
                if (list->count != count)
                    machine_fail(machine, "the list was changed while it was sorted");
                spare->items[at] = list->items[take_right ? right++ : left++];
            }
        }
        memcpy(list->items, spare->items, count * sizeof(Value));
    }
}

static Value sort(Machine *machine, int count, Value *arguments)
{
    List *list = list_at(machine, arguments, 0);
    List *spare = make_list(machine, list->count);
    for (; spare->count < list->count; spare->count++)
        spare->items[spare->count] = nil_value();
    machine_keep(machine, object_value(spare));
    merge_sort(machine, list, spare, count > 1 ? arguments[1] : nil_value());
    machine_release(machine, 1);
    return arguments[0];
}

/* -- tables */

static Value has_key(Machine *machine, int count, Value *arguments)
{
    (void)count;
    Value value;
    return bool_value(table_get(table_at(machine, arguments, 0), arguments[1], &value));
}

static Value keys_of(Machine *machine, int count, Value *arguments)
{
    (void)count;
    const Table *table = table_at(machine, arguments, 0);
    List *list = make_list(machine, table->count);
    for (size_t at = 0; at < table->used; at++) {
        if (table->entries[at].is_live)
            list_push(machine, list, table->entries[at].key);
    }
    return object_value(list);
}

/* -- texts */

static const char *find_in(const Text *text, const char *from, const Text *wanted)
{
    const char *end = text->chars + text->length;
    for (; from + wanted->length <= end; from++) {
        if (memcmp(from, wanted->chars, wanted->length) == 0)
            return from;
    }
    return NULL;
}

/* The place of one text in another, -1 if it is not there. */
static Value find(Machine *machine, int count, Value *arguments)
{
    const Text *text = text_at(machine, arguments, 0), *wanted = text_at(machine, arguments, 1);
    const char *from = text->chars + (count > 2 ? place_at(machine, arguments, 2, text->length) : 0);
    const char *found = find_in(text, from, wanted);
    return number_value(found ? (double)(found - text->chars) : -1);
}

static Value split(Machine *machine, int count, Value *arguments)
{
    (void)count;
    const Text *text = text_at(machine, arguments, 0), *mark = text_at(machine, arguments, 1);
    if (!mark->length)
        machine_fail(machine, "nothing cannot separate");
    List *list = make_list(machine, 0);
    machine_keep(machine, object_value(list));
    const char *start = text->chars, *found;
    while ((found = find_in(text, start, mark))) {
        list_push(machine, list, object_value(make_text(machine, start, (size_t)(found - start))));
        start = found + mark->length;
    }
    size_t rest = (size_t)(text->chars + text->length - start);
    list_push(machine, list, object_value(make_text(machine, start, rest)));
    machine_release(machine, 1);
    return object_value(list);
}

static Value join(Machine *machine, int count, Value *arguments)
{
    const List *list = list_at(machine, arguments, 0);
    const Text *mark = count > 1 ? text_at(machine, arguments, 1) : NULL;
    for (size_t at = 0; at < list->count; at++) {
        if (!is_object(list->items[at], OBJECT_TEXT))
            machine_fail(machine, "only texts can be joined, not a %s", kind_name(list->items[at]));
    }
    Builder builder = {0};
    for (size_t at = 0; at < list->count; at++) {
        if (at && mark)
            builder_add_text(&builder, mark);
        builder_add_text(&builder, as_text(list->items[at]));
    }
    return made_text(machine, &builder);
}

static Value replace(Machine *machine, int count, Value *arguments)
{
    (void)count;
    const Text *text = text_at(machine, arguments, 0);
    const Text *old = text_at(machine, arguments, 1), *new = text_at(machine, arguments, 2);
    if (!old->length)
        machine_fail(machine, "nothing cannot be replaced");
    Builder builder = {0};
    const char *start = text->chars, *found;
    while ((found = find_in(text, start, old))) {
        builder_add(&builder, start, (size_t)(found - start));
        builder_add_text(&builder, new);
        start = found + old->length;
    }
    builder_add(&builder, start, (size_t)(text->chars + text->length - start));
    return made_text(machine, &builder);
}

static Value changed_case(Machine *machine, Value *arguments, int (*change)(int))
{
    const Text *text = text_at(machine, arguments, 0);
    Builder builder = {0};
    for (size_t at = 0; at < text->length; at++)
        builder_add_char(&builder, (char)change((unsigned char)text->chars[at]));
    return made_text(machine, &builder);
}

static Value upper(Machine *machine, int count, Value *arguments)
{
    (void)count;
    return changed_case(machine, arguments, toupper);
}

static Value lower(Machine *machine, int count, Value *arguments)
{
    (void)count;
    return changed_case(machine, arguments, tolower);
}

static Value code_of(Machine *machine, int count, Value *arguments)
{
    (void)count;
    const Text *text = text_at(machine, arguments, 0);
    if (!text->length)
        machine_fail(machine, "an empty text has no code");
    return number_value((unsigned char)text->chars[0]);
}

static Value char_of(Machine *machine, int count, Value *arguments)
{
    (void)count;
    double number = number_at(machine, arguments, 0);
    if (number != floor(number) || number < 1 || number > 255)
        machine_fail(machine, "a character has a code from 1 to 255");
    char c = (char)number;
    return object_value(make_text(machine, &c, 1));
}

/* A number with so many digits: significant ones, or those behind the point. */
static Value formatted(Machine *machine, int count, Value *arguments, const char *form)
{
    double digits = count > 1 ? number_at(machine, arguments, 1) : 6;
    if (!(digits >= 0 && digits <= 40))
        machine_fail(machine, "0 to 40 digits can be shown");
    char buffer[400];
    int length = snprintf(buffer, sizeof buffer, form, (int)digits, number_at(machine, arguments, 0));
    return object_value(make_text(machine, buffer, (size_t)length));
}

static Value digits_of(Machine *machine, int count, Value *arguments)
{
    return formatted(machine, count, arguments, "%.*g");
}

static Value fixed(Machine *machine, int count, Value *arguments)
{
    return formatted(machine, count, arguments, "%.*f");
}

static Value scientific(Machine *machine, int count, Value *arguments)
{
    return formatted(machine, count, arguments, "%.*e");
}

/* A text with blanks before it, or behind it for a negative width. */
static Value pad(Machine *machine, int count, Value *arguments)
{
    (void)count;
    const Text *text = text_of(machine, arguments[0]);
    double width = number_at(machine, arguments, 1);
    Builder builder = {0};
    double missing = fabs(width) - (double)text->length;
    if (missing > 10000)
        machine_fail(machine, "this is too wide");
    if (width < 0)
        builder_add_text(&builder, text);
    for (int at = 0; at < missing; at++)
        builder_add_char(&builder, ' ');
    if (width >= 0)
        builder_add_text(&builder, text);
    return made_text(machine, &builder);
}

/* -- numbers */

#define FUNCTION_OF_ONE_NUMBER(name, calculation) \
    static Value name(Machine *machine, int count, Value *arguments) \
    { \
        (void)count; \
        double x = number_at(machine, arguments, 0); \
        return number_value(calculation); \
    }

FUNCTION_OF_ONE_NUMBER(number_floor, floor(x))
FUNCTION_OF_ONE_NUMBER(number_ceil, ceil(x))
FUNCTION_OF_ONE_NUMBER(number_round, floor(x + 0.5))
FUNCTION_OF_ONE_NUMBER(number_abs, fabs(x))
FUNCTION_OF_ONE_NUMBER(number_sqrt, sqrt(x))
FUNCTION_OF_ONE_NUMBER(number_sin, sine(x))
FUNCTION_OF_ONE_NUMBER(number_cos, cosine(x))
FUNCTION_OF_ONE_NUMBER(number_atan, arctangent(x))
FUNCTION_OF_ONE_NUMBER(number_exp, exponential(x))
FUNCTION_OF_ONE_NUMBER(number_ln, logarithm(x))

static Value extreme(Machine *machine, int count, Value *arguments, bool smallest)
{
    double best = number_at(machine, arguments, 0);
    for (int at = 1; at < count; at++) {
        double number = number_at(machine, arguments, at);
        if (smallest ? number < best : number > best)
            best = number;
    }
    return number_value(best);
}

static Value minimum(Machine *machine, int count, Value *arguments)
{
    return extreme(machine, count, arguments, true);
}

static Value maximum(Machine *machine, int count, Value *arguments)
{
    return extreme(machine, count, arguments, false);
}

/* At least 0 and less than 1, or a whole number less than the argument; the same in every run. */
static Value random_number(Machine *machine, int count, Value *arguments)
{
    machine->random ^= machine->random << 13;
    machine->random ^= machine->random >> 7;
    machine->random ^= machine->random << 17;
    double fraction = (double)(machine->random >> 11) / 9007199254740992.0;
    if (!count)
        return number_value(fraction);
    return number_value(floor(fraction * number_at(machine, arguments, 0)));
}

static Value seed_random(Machine *machine, int count, Value *arguments)
{
    (void)count;
    double seed = fabs(floor(number_at(machine, arguments, 0)));
    machine->random = (uint64_t)(seed < 1e15 ? seed : 1e15) * 6364136223846793005u + 88172645463325252u;
    return nil_value();
}

/* -- the machine */

static Value seconds(Machine *machine, int count, Value *arguments)
{
    (void)machine, (void)count, (void)arguments;
    return number_value((double)clock() / CLOCKS_PER_SEC);
}

static Value collect_now(Machine *machine, int count, Value *arguments)
{
    (void)count, (void)arguments;
    size_t before = machine->heap.freed_objects;
    collect(machine);
    return number_value((double)(machine->heap.freed_objects - before));
}

static const struct {
    const char *name;
    int least;
    int most;
    NativeMeaning meaning;
} LIBRARY[] = {
    {"print", 0, 250, print_line},      {"write", 0, 250, write_out},   {"read_line", 0, 0, read_line},
    {"kind", 1, 1, kind_of},            {"text", 1, 1, to_text},        {"number", 1, 1, to_number},
    {"assert", 1, 2, assert_that},      {"len", 1, 1, length_of},       {"push", 2, 250, push_value},
    {"pop", 1, 1, pop_value},           {"insert", 3, 3, insert_value}, {"remove", 2, 2, remove_value},
    {"slice", 2, 3, slice},             {"sort", 1, 2, sort},           {"has", 2, 2, has_key},
    {"keys", 1, 1, keys_of},            {"find", 2, 3, find},           {"split", 2, 2, split},
    {"join", 1, 2, join},               {"replace", 3, 3, replace},     {"upper", 1, 1, upper},
    {"lower", 1, 1, lower},             {"code", 1, 1, code_of},        {"char", 1, 1, char_of},
    {"digits", 1, 2, digits_of},        {"fixed", 1, 2, fixed},         {"scientific", 1, 2, scientific},
    {"pad", 2, 2, pad},                 {"floor", 1, 1, number_floor},  {"ceil", 1, 1, number_ceil},
    {"round", 1, 1, number_round},      {"abs", 1, 1, number_abs},      {"sqrt", 1, 1, number_sqrt},
    {"sin", 1, 1, number_sin},          {"cos", 1, 1, number_cos},      {"atan", 1, 1, number_atan},
    {"exp", 1, 1, number_exp},          {"ln", 1, 1, number_ln},        {"min", 1, 250, minimum},
    {"max", 1, 250, maximum},           {"random", 0, 1, random_number}, {"seed", 1, 1, seed_random},
    {"seconds", 0, 0, seconds},         {"collect", 0, 0, collect_now},
};

void define_library(Machine *machine)
{
    for (size_t at = 0; at < sizeof LIBRARY / sizeof *LIBRARY; at++) {
        Text *name = make_text_from(machine, LIBRARY[at].name);
        machine_keep(machine, object_value(name));
        Native *native = make_native(machine, LIBRARY[at].name, LIBRARY[at].least, LIBRARY[at].most,
                                     LIBRARY[at].meaning);
        table_set(machine, machine->globals, object_value(name), object_value(native));
        machine_release(machine, 1);
    }
}

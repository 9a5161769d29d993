/* lisp.c - an interpreter for a small Lisp, with floating point numbers and a garbage collector
   Shows: a program of many functions: a reader, an evaluator with proper tail calls, mark and sweep, setjmp for errors.
   Run:   emu run samples/c/lisp.elf < samples/c/lisp.in

   Values: numbers (double), strings, symbols, pairs, (), functions. Everything but () and #f counts as true.
   Special forms: quote if define set! lambda let begin cond and or while. */

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { FREE, NUMBER, STRING, SYMBOL, PAIR, PRIMITIVE, CLOSURE, FRAME, CONSTANT };

typedef struct value value;
typedef value *(*primitive)(value *arguments);

struct value {
    unsigned char kind, marked;
    union {
        double number;
        char *text;
        struct {
            value *first, *rest;
        };
        struct {
            value *parameters, *body, *frame;
        };
        struct {
            value *names, *values, *outer;
        };
        struct {
            primitive call;
            const char *name;
        };
        value *next;
    };
};

#define CELLS 6000
#define ROOTS 4000

static value cells[CELLS], *free_cells;
static value nil_value = {.kind = CONSTANT}, true_value = {.kind = CONSTANT}, false_value = {.kind = CONSTANT};
#define NIL (&nil_value)
#define TRUE (&true_value)
#define FALSE (&false_value)

static value *symbols = NIL, *global;
static value *roots[ROOTS];
static int root_count;
static unsigned long collections, evaluations;
static jmp_buf recover;

/* ---- errors -------------------------------------------------------------------------------------------------- */

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("error: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    longjmp(recover, 1);
}

/* ---- memory: what is in use is reachable from the global frame, the symbols and the roots ---------------------- */

static void mark(value *v)
{
    while (v && !v->marked && v->kind != CONSTANT) {
        v->marked = 1;
        switch (v->kind) {
        case PAIR:
            mark(v->first);
            v = v->rest;
            break;
        case CLOSURE:
            mark(v->parameters);
            mark(v->body);
            v = v->frame;
            break;
        case FRAME:
            mark(v->names);
            mark(v->values);
            v = v->outer;
            break;
        default:
            return;
        }
    }
}

static void collect(void)
{
    collections++;
    mark(global);
    mark(symbols);
    for (int i = 0; i < root_count; i++)
        mark(roots[i]);
    free_cells = NULL;
    for (value *v = cells; v < cells + CELLS; v++) {
        if (v->marked) {
            v->marked = 0;
            continue;
        }
        if (v->kind == STRING || v->kind == SYMBOL)
            free(v->text);
        v->kind = FREE;
        v->next = free_cells;
        free_cells = v;
    }
}

static value *keep(value *v)
{
    if (root_count == ROOTS)
        fail("too deep");
    return roots[root_count++] = v;
}

static value *make(enum kind kind)
{
    if (!free_cells)
        collect();
    if (!free_cells)
        fail("out of memory");
    value *v = free_cells;
    free_cells = v->next;
    memset(v, 0, sizeof *v);
    v->kind = (unsigned char)kind;
    return v;
}

static value *number(double x)
{
    value *v = make(NUMBER);
    v->number = x;
    return v;
}

static value *text(enum kind kind, const char *from, size_t length)
{
    value *v = make(kind);
    v->text = malloc(length + 1);
    if (!v->text) {
        v->kind = FREE;
        fail("out of memory");
    }
    memcpy(v->text, from, length);
    v->text[length] = '\0';
    return v;
}

static value *cons(value *first, value *rest)
{
    int mine = root_count;
    keep(first);
    keep(rest);
    value *v = make(PAIR);
    v->first = first;
    v->rest = rest;
    root_count = mine;
    return v;
}

static value *symbol(const char *name, size_t length)
{
    for (value *s = symbols; s != NIL; s = s->rest)
        if (strlen(s->first->text) == length && memcmp(s->first->text, name, length) == 0)
            return s->first;
    value *s = text(SYMBOL, name, length);
    symbols = cons(s, symbols);
    return s;
}

static value *frame(value *names, value *values, value *outer)
{
    int mine = root_count;
    keep(names);
    keep(values);
    keep(outer);
    value *v = make(FRAME);
    v->names = names;
    v->values = values;
    v->outer = outer;
    root_count = mine;
    return v;
}

/* ---- reader -------------------------------------------------------------------------------------------------- */

static int peeked = -2;

static int look(void)
{
    if (peeked == -2)
        peeked = getchar();
    return peeked;
}

static int take(void)
{
    int c = look();
    peeked = -2;
    return c;
}

static int skip_blanks(void)
{
    for (;;) {
        int c = look();
        if (c == ';')
            while (look() != '\n' && look() != EOF)
                take();
        else if (c == EOF || !isspace(c))
            return c;
        else
            take();
    }
}

static value *read_value(void);

static value *read_list(void)
{
    int c = skip_blanks();
    if (c == EOF)
        fail("a list without an end");
    if (c == ')') {
        take();
        return NIL;
    }
    int mine = root_count;
    value *first = keep(read_value());
    value *v = cons(first, read_list());
    root_count = mine;
    return v;
}

static value *read_string(void)
{
    char buffer[256];
    size_t length = 0;
    take();
    for (int c = take(); c != '"'; c = take()) {
        if (c == EOF || length == sizeof buffer)
            fail("a string without an end");
        if (c == '\\')
            c = take() == 'n' ? '\n' : '"';
        buffer[length++] = (char)c;
    }
    return text(STRING, buffer, length);
}

static value *read_atom(void)
{
    char buffer[64], *end;
    size_t length = 0;
    while (look() != EOF && !isspace(look()) && !strchr("()'\";", look())) {
        if (length == sizeof buffer - 1)
            fail("a name too long");
        buffer[length++] = (char)take();
    }
    buffer[length] = '\0';
    if (strcmp(buffer, "#t") == 0)
        return TRUE;
    if (strcmp(buffer, "#f") == 0)
        return FALSE;
    double x = strtod(buffer, &end);
    return *end == '\0' && length > 0 ? number(x) : symbol(buffer, length);
}

static value *read_value(void)
{
    int c = skip_blanks();
    if (c == '(') {
        take();
        return read_list();
    }
    if (c == ')') {
        take();
        fail("a parenthesis too many");
    }
    if (c == '\'') {
        take();
        int mine = root_count;
        value *quoted = keep(read_value());
        value *v = cons(symbol("quote", 5), keep(cons(quoted, NIL)));
        root_count = mine;
        return v;
    }
    return c == '"' ? read_string() : read_atom();
}

/* ---- printer ------------------------------------------------------------------------------------------------- */

static void print(const value *v, int quoted)
{
    switch (v->kind) {
    case NUMBER:
        printf("%.17g", v->number);
        break;
    case STRING:
        printf(quoted ? "\"%s\"" : "%s", v->text);
        break;
    case SYMBOL:
        printf("%s", v->text);
        break;
    case PAIR:
        putchar('(');
        for (;;) {
            print(v->first, quoted);
            v = v->rest;
            if (v->kind != PAIR)
                break;
            putchar(' ');
        }
        if (v != NIL) {
            printf(" . ");
            print(v, quoted);
        }
        putchar(')');
        break;
    case PRIMITIVE:
        printf("<primitive %s>", v->name);
        break;
    case CLOSURE:
        printf("<function>");
        break;
    default:
        printf("%s", v == NIL ? "()" : v == TRUE ? "#t" : "#f");
    }
}

/* ---- evaluator ----------------------------------------------------------------------------------------------- */

static value *s_quote, *s_if, *s_define, *s_set, *s_lambda, *s_let, *s_begin, *s_cond, *s_and, *s_or, *s_while, *s_else;

static int is_true(const value *v)
{
    return v != FALSE && v != NIL;
}

static value *first(value *v)
{
    if (v->kind != PAIR)
        fail("a pair is needed");
    return v->first;
}

static value *rest(value *v)
{
    if (v->kind != PAIR)
        fail("a pair is needed");
    return v->rest;
}

static value **place_of(value *name, value *where)
{
    for (; where; where = where->outer) {
        value *names = where->names, *values = where->values;
        for (; names->kind == PAIR; names = names->rest, values = values->rest)
            if (names->first == name)
                return &values->first;
    }
    return NULL;
}

static void define(value *name, value *v, value *where)
{
    value *names = where->names, *values = where->values;
    for (; names->kind == PAIR; names = names->rest, values = values->rest) {
        if (names->first == name) {
            values->first = v;
            return;
        }
    }
    int mine = root_count;
    keep(v);
    value *more_names = keep(cons(name, where->names));
    value *more_values = cons(v, where->values);
    where->names = more_names;
    where->values = more_values;
    root_count = mine;
}

static value *eval(value *v, value *where);

static value *eval_list(value *list, value *where)
{
    if (list->kind != PAIR)
        return NIL;
    int mine = root_count;
    value *head = keep(eval(list->first, where));
    value *v = cons(head, eval_list(list->rest, where));
    root_count = mine;
    return v;
}

static value *closure(value *parameters, value *body, value *where)
{
    value *v = make(CLOSURE);
    v->parameters = parameters;
    v->body = body;
    v->frame = where;
    return v;
}

/* The frame in which a function's body is evaluated. */
static value *entered(value *function, value *arguments)
{
    value *names = function->parameters, *values = arguments;
    while (names->kind == PAIR && values->kind == PAIR) {
        names = names->rest;
        values = values->rest;
    }
    if (names != NIL || values != NIL)
        fail("wrong number of arguments");
    return frame(function->parameters, arguments, function->frame);
}

static value *sequence(value *list, value *where)
{
    for (; rest(list) != NIL; list = list->rest)
        eval(list->first, where);
    return list->first;
}

static value *eval_let(value *v, value *where)
{
    value *names = keep(NIL), *values = keep(NIL);
    int names_at = root_count - 2, values_at = root_count - 1;
    for (value *b = first(v); b->kind == PAIR; b = b->rest) {
        values = roots[values_at] = cons(eval(first(rest(b->first)), where), values);
        names = roots[names_at] = cons(first(b->first), names);
    }
    return frame(names, values, where);
}

static value *eval(value *v, value *where)
{
    int mine = root_count;
    value *answer = NULL;
    keep(v);
    keep(where);
    while (!answer) {
        roots[mine] = v;
        roots[mine + 1] = where;
        root_count = mine + 2;
        evaluations++;
        if (v->kind == SYMBOL) {
            value **place = place_of(v, where);
            if (!place)
                fail("%s is not defined", v->text);
            answer = *place;
            break;
        }
        if (v->kind != PAIR) {
            answer = v;
            break;
        }
        value *head = v->first, *tail = v->rest;
        if (head == s_quote) {
            answer = first(tail);
        } else if (head == s_if) {
            value *other = rest(rest(tail));
            if (is_true(eval(first(tail), where)))
                v = first(tail->rest);
            else if (other == NIL)
                answer = NIL;
            else
                v = first(other);
        } else if (head == s_define) {
            value *name = first(tail);
            if (name->kind == PAIR) {
                define(name->first, closure(name->rest, tail->rest, where), where);
                answer = name->first;
            } else {
                define(name, eval(first(rest(tail)), where), where);
                answer = name;
            }
        } else if (head == s_set) {
            value *fresh = eval(first(rest(tail)), where), **place = place_of(first(tail), where);
            if (!place)
                fail("%s is not defined", tail->first->text);
            *place = answer = fresh;
        } else if (head == s_lambda) {
            answer = closure(first(tail), rest(tail), where);
        } else if (head == s_let) {
            where = keep(eval_let(tail, where));
            v = sequence(tail->rest, where);
        } else if (head == s_begin) {
            v = sequence(tail, where);
        } else if (head == s_cond) {
            for (; tail->kind == PAIR; tail = tail->rest)
                if (first(tail->first) == s_else || is_true(eval(tail->first->first, where)))
                    break;
            if (tail->kind == PAIR)
                v = sequence(tail->first->rest, where);
            else
                answer = NIL;
        } else if (head == s_and || head == s_or) {
            if (tail == NIL) {
                answer = head == s_and ? TRUE : FALSE;
                break;
            }
            for (; rest(tail) != NIL; tail = tail->rest) {
                value *part = eval(tail->first, where);
                if (is_true(part) != (head == s_and)) {
                    answer = part;
                    break;
                }
            }
            if (!answer)
                v = tail->first;
        } else if (head == s_while) {
            while (is_true(eval(first(tail), where)))
                for (value *b = tail->rest; b->kind == PAIR; b = b->rest)
                    eval(b->first, where);
            answer = NIL;
        } else {
            value *function = keep(eval(head, where)), *arguments = keep(eval_list(tail, where));
            if (function->kind == PRIMITIVE) {
                answer = function->call(arguments);
            } else if (function->kind == CLOSURE) {
                where = keep(entered(function, arguments));
                v = sequence(function->body, where);
            } else {
                fail("not a function");
            }
        }
    }
    root_count = mine;
    return answer;
}

/* ---- primitives ---------------------------------------------------------------------------------------------- */

static double x_of(value *v)
{
    if (v->kind != NUMBER)
        fail("a number is needed");
    return v->number;
}

static value *truth(int condition)
{
    return condition ? TRUE : FALSE;
}

#define FOLD(NAME, START, STEP)                                                                                        \
    static value *NAME(value *a)                                                                                       \
    {                                                                                                                  \
        double x = START;                                                                                              \
        for (; a->kind == PAIR; a = a->rest)                                                                           \
            x STEP x_of(a->first);                                                                                     \
        return number(x);                                                                                              \
    }
FOLD(p_add, 0, +=)
FOLD(p_multiply, 1, *=)

#define FROM_FIRST(NAME, ALONE, STEP)                                                                                  \
    static value *NAME(value *a)                                                                                       \
    {                                                                                                                  \
        double x = x_of(first(a));                                                                                     \
        a = a->rest;                                                                                                   \
        if (a == NIL)                                                                                                  \
            return number(ALONE);                                                                                      \
        for (; a->kind == PAIR; a = a->rest)                                                                           \
            x STEP x_of(a->first);                                                                                     \
        return number(x);                                                                                              \
    }
FROM_FIRST(p_subtract, -x, -=)
FROM_FIRST(p_divide, 1 / x, /=)

#define COMPARISON(NAME, OPERATOR)                                                                                     \
    static value *NAME(value *a)                                                                                       \
    {                                                                                                                  \
        return truth(x_of(first(a)) OPERATOR x_of(first(rest(a))));                                                    \
    }
COMPARISON(p_less, <)
COMPARISON(p_greater, >)
COMPARISON(p_equal, ==)

#define FUNCTION(NAME, CALL)                                                                                           \
    static value *NAME(value *a)                                                                                       \
    {                                                                                                                  \
        return number(CALL(x_of(first(a))));                                                                           \
    }
FUNCTION(p_sqrt, sqrt)
FUNCTION(p_floor, floor)
FUNCTION(p_sin, sin)
FUNCTION(p_exp, exp)
FUNCTION(p_log, log)

static value *p_remainder(value *a)
{
    return number(fmod(x_of(first(a)), x_of(first(rest(a)))));
}

static value *p_cons(value *a)
{
    return cons(first(a), first(rest(a)));
}

static value *p_first(value *a)
{
    return first(first(a));
}

static value *p_rest(value *a)
{
    return rest(first(a));
}

static value *p_list(value *a)
{
    return a;
}

static value *p_is_null(value *a)
{
    return truth(first(a) == NIL);
}

static value *p_is_pair(value *a)
{
    return truth(first(a)->kind == PAIR);
}

static value *p_is_same(value *a)
{
    value *x = first(a), *y = first(rest(a));
    if (x->kind == NUMBER && y->kind == NUMBER)
        return truth(x->number == y->number);
    if (x->kind == STRING && y->kind == STRING)
        return truth(strcmp(x->text, y->text) == 0);
    return truth(x == y);
}

static value *p_not(value *a)
{
    return truth(!is_true(first(a)));
}

static value *p_display(value *a)
{
    for (; a->kind == PAIR; a = a->rest) {
        print(a->first, 0);
        putchar(a->rest == NIL ? '\n' : ' ');
    }
    return NIL;
}

static value *p_append_text(value *a)
{
    char buffer[256];
    int length = snprintf(buffer, sizeof buffer, "%s%s", first(a)->kind == STRING ? a->first->text : "",
                          first(rest(a))->kind == STRING ? a->rest->first->text : "");
    return text(STRING, buffer, strlen(buffer) < (size_t)length ? strlen(buffer) : (size_t)length);
}

static const struct {
    const char *name;
    primitive call;
} primitives[] = {
    {"+", p_add},           {"*", p_multiply},    {"-", p_subtract},    {"/", p_divide},     {"<", p_less},
    {">", p_greater},       {"=", p_equal},       {"sqrt", p_sqrt},     {"floor", p_floor},  {"sin", p_sin},
    {"exp", p_exp},         {"log", p_log},       {"cons", p_cons},     {"first", p_first},  {"rest", p_rest},
    {"list", p_list},       {"null?", p_is_null}, {"pair?", p_is_pair}, {"same?", p_is_same}, {"not", p_not},
    {"display", p_display}, {"remainder", p_remainder}, {"append-text", p_append_text},
};

static void prepare(void)
{
    static const struct {
        value **place;
        const char *name;
    } words[] = {
        {&s_quote, "quote"}, {&s_if, "if"},   {&s_define, "define"}, {&s_set, "set!"}, {&s_lambda, "lambda"},
        {&s_let, "let"},     {&s_begin, "begin"}, {&s_cond, "cond"}, {&s_and, "and"},  {&s_or, "or"},
        {&s_while, "while"}, {&s_else, "else"},
    };
    collect();
    collections = 0;
    global = frame(NIL, NIL, NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        *words[i].place = symbol(words[i].name, strlen(words[i].name));
    for (size_t i = 0; i < sizeof primitives / sizeof *primitives; i++) {
        value *name = symbol(primitives[i].name, strlen(primitives[i].name));
        value *v = make(PRIMITIVE);
        v->call = primitives[i].call;
        v->name = primitives[i].name;
        define(name, v, global);
    }
}

int main(void)
{
    if (setjmp(recover))
        return 1;
    prepare();
    while (setjmp(recover))
        root_count = 0;
    while (skip_blanks() != EOF) {
        root_count = 0;
        value *answer = eval(keep(read_value()), global);
        if (answer != NIL && answer->kind != SYMBOL) {
            print(answer, 1);
            putchar('\n');
        }
    }
    printf("%lu evaluations, memory was %s\n", evaluations, collections > 3 ? "collected several times" : "enough");
    return 0;
}

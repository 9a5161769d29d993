/* tree.h - a script as a tree of statements and expressions

   Everything in a tree lives in one arena and is freed together. */

#ifndef TREE_H
#define TREE_H

#include "lexer.h"
#include "object.h"

typedef struct Node Node;
typedef struct Scope Scope;
typedef struct Unit Unit;

typedef struct Block {
    struct Block *before;
    size_t used;
    size_t room;
} Block;

typedef struct {
    Block *last;
} Arena;

void *arena_allocate(Arena *arena, size_t size);
void arena_free(Arena *arena);

/* A variable of a function: it gets a place on the stack, and a cell if a function inside uses it. */
typedef struct Variable {
    struct Variable *next;
    Text *name;
    Unit *unit;
    int slot;
    bool is_captured;
} Variable;

struct Scope {
    Scope *around;
    Variable *variables;
    int slots;
};

/* A function while it is read: its scopes, and what it takes from the functions around it. */
struct Unit {
    Unit *around;
    Scope *scope;
    Text *name;
    Variable **parameters;
    int parameter_count;
    Variable *captures[256];
    int capture_count;
    int slots;
    Node *body;
};

typedef enum {
    /* expressions */
    NODE_LITERAL,
    NODE_NAME,
    NODE_UNARY,
    NODE_BINARY,
    NODE_AND,
    NODE_OR,
    NODE_ASSIGN,
    NODE_INDEX,
    NODE_CALL,
    NODE_LIST,
    NODE_TABLE,
    NODE_FUNCTION,
    /* statements */
    NODE_EXPRESSION,
    NODE_LET,
    NODE_BLOCK,
    NODE_IF,
    NODE_WHILE,
    NODE_FOR,
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_RETURN,
    NODE_THROW,
    NODE_TRY,
} NodeKind;

/* What the parts mean depends on the kind:

   UNARY      operation, left                   BINARY, AND, OR  operation, left, right
   ASSIGN     left = target, right              INDEX            left[right]
   CALL       left(list)                        LIST             list
   TABLE      list: key, value, key, ...        FUNCTION         unit
   LET        variable or name, left            BLOCK            list
   IF         left, then right, else third      WHILE            left, right
   FOR        variable in left, right           RETURN, THROW    left or nothing
   TRY        left, catch variable: right       NAME             variable, or a global name */
struct Node {
    NodeKind kind;
    int line;
    Node *next;
    TokenKind operation;
    Value value;
    Text *name;
    Variable *variable;
    Node *left;
    Node *right;
    Node *third;
    Node *list;
    int count;
    int hidden_slot;
    Unit *unit;
};

#endif

/* parser.c - a parser by recursive descent that also finds out which variable a name means

   Statements end where the next one begins; semicolons may stand between them. A name is looked up in the scopes of its
   function, then in those of the functions around it, which makes it a capture of each function on the way; what is
   found nowhere is global. At the top level, outside of all blocks, `let` and `fn` make globals. */

#include "parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "machine.h"

enum { MOST_SLOTS = 250, MOST_ARGUMENTS = 250, MOST_PARTS = 10000, DEEPEST_NESTING = 200 };

typedef struct {
    Machine *machine;
    Arena *arena;
    Lexer lexer;
    Token token;
    Token before;
    Unit *unit;
    int loops;
    int depth;
    char *message;
    size_t size;
    jmp_buf failed;
} Parser;

/* -- errors and tokens */

_Noreturn static void fail(Parser *parser, int line, const char *form, ...)
{
    va_list arguments;
    va_start(arguments, form);
    int length = snprintf(parser->message, parser->size, "line %d: ", line);
    vsnprintf(parser->message + length, parser->size - (size_t)length, form, arguments);
    va_end(arguments);
    longjmp(parser->failed, 1);
}

static void advance(Parser *parser)
{
    parser->before = parser->token;
    parser->token = next_token(&parser->lexer);
    if (parser->token.kind == TOKEN_ERROR)
        fail(parser, parser->token.line, "%s", parser->token.start);
}

static bool accept(Parser *parser, TokenKind kind)
{
    if (parser->token.kind != kind)
        return false;
    advance(parser);
    return true;
}

static void expect(Parser *parser, TokenKind kind, const char *what)
{
    if (accept(parser, kind))
        return;
    if (parser->token.kind == TOKEN_END)
        fail(parser, parser->token.line, "%s expected, but the script ends", what);
    fail(parser, parser->token.line, "%s expected instead of '%.*s'", what, (int)parser->token.length,
         parser->token.start);
}

static void enter(Parser *parser)
{
    if (++parser->depth > DEEPEST_NESTING)
        fail(parser, parser->token.line, "this is nested too deeply");
}

static void leave(Parser *parser)
{
    parser->depth--;
}

static Node *make_node(Parser *parser, NodeKind kind)
{
    Node *node = arena_allocate(parser->arena, sizeof *node);
    node->kind = kind;
    node->line = parser->before.line ? parser->before.line : 1;
    return node;
}

static Text *kept_text(Parser *parser, const char *chars, size_t length)
{
    Text *text = make_text(parser->machine, chars, length);
    machine_keep_for_parser(parser->machine, text);
    return text;
}

static Text *name_of(Parser *parser, const Token *token)
{
    return kept_text(parser, token->start, token->length);
}

/* -- scopes */

static void open_scope(Parser *parser)
{
    Scope *scope = arena_allocate(parser->arena, sizeof *scope);
    scope->around = parser->unit->scope;
    scope->slots = scope->around ? scope->around->slots : 0;
    parser->unit->scope = scope;
}

static void close_scope(Parser *parser)
{
    parser->unit->scope = parser->unit->scope->around;
}

static int take_slot(Parser *parser)
{
    Scope *scope = parser->unit->scope;
    if (scope->slots >= MOST_SLOTS)
        fail(parser, parser->before.line, "a function has more than %d variables", MOST_SLOTS);
    int slot = scope->slots++;
    if (scope->slots > parser->unit->slots)
        parser->unit->slots = scope->slots;
    return slot;
}

static Variable *declare(Parser *parser, Text *name)
{
    for (Variable *variable = parser->unit->scope->variables; variable; variable = variable->next) {
        if (variable->name == name)
            fail(parser, parser->before.line, "'%s' is declared twice", name->chars);
    }
    Variable *variable = arena_allocate(parser->arena, sizeof *variable);
    variable->name = name;
    variable->unit = parser->unit;
    variable->slot = take_slot(parser);
    variable->next = parser->unit->scope->variables;
    parser->unit->scope->variables = variable;
    return variable;
}

static bool is_global_level(const Parser *parser)
{
    return !parser->unit->around && !parser->unit->scope->around;
}

static Variable *find_in(const Unit *unit, const Text *name)
{
    for (Scope *scope = unit->scope; scope; scope = scope->around) {
        for (Variable *variable = scope->variables; variable; variable = variable->next) {
            if (variable->name == name)
                return variable;
        }
    }
    return NULL;
}

static void capture(Parser *parser, Unit *unit, Variable *variable)
{
    for (int at = 0; at < unit->capture_count; at++) {
        if (unit->captures[at] == variable)
            return;
    }
    if (unit->capture_count >= MOST_SLOTS)
        fail(parser, parser->before.line, "a function captures more than %d variables", MOST_SLOTS);
    unit->captures[unit->capture_count++] = variable;
}

static Variable *find(Parser *parser, const Text *name)
{
    for (Unit *unit = parser->unit; unit; unit = unit->around) {
        Variable *variable = find_in(unit, name);
        if (!variable)
            continue;
        if (unit != parser->unit)
            variable->is_captured = true;
        for (Unit *inner = parser->unit; inner != unit; inner = inner->around)
            capture(parser, inner, variable);
        return variable;
    }
    return NULL;
}

/* -- expressions */

static Node *expression(Parser *parser);
static Node *block(Parser *parser);

static Node *literal(Parser *parser, Value value)
{
    Node *node = make_node(parser, NODE_LITERAL);
    node->value = value;
    return node;
}

static Node *text_literal(Parser *parser)
{
    const Token *token = &parser->before;
    char *chars = arena_allocate(parser->arena, token->length);
    size_t length = 0;
    for (const char *at = token->start + 1; at < token->start + token->length - 1; at++) {
        if (*at != '\\') {
            chars[length++] = *at;
            continue;
        }
        switch (*++at) {
        case 'n':
            chars[length++] = '\n';
            break;
        case 't':
            chars[length++] = '\t';
            break;
        case '"':
        case '\\':
            chars[length++] = *at;
            break;
        default:
            fail(parser, token->line, "'\\%c' means nothing", *at);
        }
    }
    return literal(parser, object_value(kept_text(parser, chars, length)));
}

static void add_item(Parser *parser, Node *node, Node ***end, Node *item)
{
    if (++node->count > MOST_PARTS)
        fail(parser, node->line, "this has too many parts");
    **end = item;
    *end = &item->next;
}

static Node *list_literal(Parser *parser)
{
    Node *node = make_node(parser, NODE_LIST);
    Node **end = &node->list;
    while (parser->token.kind != TOKEN_RIGHT_BRACKET) {
        add_item(parser, node, &end, expression(parser));
        if (!accept(parser, TOKEN_COMMA))
            break;
    }
    expect(parser, TOKEN_RIGHT_BRACKET, "']'");
    return node;
}

static Node *table_literal(Parser *parser)
{
    Node *node = make_node(parser, NODE_TABLE);
    Node **end = &node->list;
    while (parser->token.kind != TOKEN_RIGHT_BRACE) {
        Node *key;
        if (accept(parser, TOKEN_NAME))
            key = literal(parser, object_value(name_of(parser, &parser->before)));
        else
            key = expression(parser);
        expect(parser, TOKEN_COLON, "':'");
        add_item(parser, node, &end, key);
        add_item(parser, node, &end, expression(parser));
        if (!accept(parser, TOKEN_COMMA))
            break;
    }
    expect(parser, TOKEN_RIGHT_BRACE, "'}'");
    return node;
}

static void parameters(Parser *parser, Unit *unit)
{
    Variable *found[MOST_ARGUMENTS];
    expect(parser, TOKEN_LEFT_PAREN, "'('");
    while (parser->token.kind != TOKEN_RIGHT_PAREN) {
        expect(parser, TOKEN_NAME, "the name of a parameter");
        found[unit->parameter_count++] = declare(parser, name_of(parser, &parser->before));
        if (!accept(parser, TOKEN_COMMA))
            break;
    }
    expect(parser, TOKEN_RIGHT_PAREN, "')'");
    size_t size = (size_t)unit->parameter_count * sizeof *found;
    unit->parameters = arena_allocate(parser->arena, size + 1);
    memcpy(unit->parameters, found, size);
}

/* Behind `fn` and perhaps a name. */
static Node *function(Parser *parser, Text *name)
{
    Node *node = make_node(parser, NODE_FUNCTION);
    Unit *unit = arena_allocate(parser->arena, sizeof *unit);
    unit->around = parser->unit;
    unit->name = name;
    int loops = parser->loops;
    parser->unit = unit;
    parser->loops = 0;
    open_scope(parser);
    parameters(parser, unit);
    unit->body = block(parser);
    close_scope(parser);
    parser->unit = unit->around;
    parser->loops = loops;
    node->unit = unit;
    return node;
}

static Node *primary(Parser *parser)
{
    advance(parser);
    switch (parser->before.kind) {
    case TOKEN_NUMBER:
        return literal(parser, number_value(strtod(parser->before.start, NULL)));
    case TOKEN_TEXT:
        return text_literal(parser);
    case TOKEN_NIL:
        return literal(parser, nil_value());
    case TOKEN_TRUE:
        return literal(parser, bool_value(true));
    case TOKEN_FALSE:
        return literal(parser, bool_value(false));
    case TOKEN_NAME: {
        Node *node = make_node(parser, NODE_NAME);
        node->name = name_of(parser, &parser->before);
        node->variable = find(parser, node->name);
        return node;
    }
    case TOKEN_LEFT_PAREN: {
        Node *node = expression(parser);
        expect(parser, TOKEN_RIGHT_PAREN, "')'");
        return node;
    }
    case TOKEN_LEFT_BRACKET:
        return list_literal(parser);
    case TOKEN_LEFT_BRACE:
        return table_literal(parser);
    case TOKEN_FN:
        return function(parser, kept_text(parser, "nameless", 8));
    case TOKEN_END:
        fail(parser, parser->before.line, "an expression expected, but the script ends");
    default:
        fail(parser, parser->before.line, "an expression expected instead of '%.*s'", (int)parser->before.length,
             parser->before.start);
    }
}

static Node *postfix(Parser *parser)
{
    Node *left = primary(parser);
    for (;;) {
        Node *node;
        /* A bracket on a new line begins a new statement. */
        bool is_same_line = parser->token.line == parser->before.line;
        if (is_same_line && accept(parser, TOKEN_LEFT_PAREN)) {
            node = make_node(parser, NODE_CALL);
            Node **end = &node->list;
            while (parser->token.kind != TOKEN_RIGHT_PAREN) {
                add_item(parser, node, &end, expression(parser));
                if (!accept(parser, TOKEN_COMMA))
                    break;
            }
            if (node->count > MOST_ARGUMENTS)
                fail(parser, node->line, "a call has more than %d arguments", MOST_ARGUMENTS);
            expect(parser, TOKEN_RIGHT_PAREN, "')'");
        } else if (is_same_line && accept(parser, TOKEN_LEFT_BRACKET)) {
            node = make_node(parser, NODE_INDEX);
            node->right = expression(parser);
            expect(parser, TOKEN_RIGHT_BRACKET, "']'");
        } else if (accept(parser, TOKEN_DOT)) {
            node = make_node(parser, NODE_INDEX);
            expect(parser, TOKEN_NAME, "a name behind '.'");
            node->right = literal(parser, object_value(name_of(parser, &parser->before)));
        } else {
            return left;
        }
        node->left = left;
        left = node;
    }
}

static Node *unary(Parser *parser);

static Node *power(Parser *parser)
{
    Node *left = postfix(parser);
    if (!accept(parser, TOKEN_CARET))
        return left;
    Node *node = make_node(parser, NODE_BINARY);
    node->operation = TOKEN_CARET;
    node->left = left;
    node->right = unary(parser);
    return node;
}

static Node *unary(Parser *parser)
{
    if (parser->token.kind != TOKEN_MINUS && parser->token.kind != TOKEN_NOT)
        return power(parser);
    enter(parser);
    advance(parser);
    Node *node = make_node(parser, NODE_UNARY);
    node->operation = parser->before.kind;
    node->left = unary(parser);
    leave(parser);
    return node;
}

static int binding(TokenKind kind)
{
    switch (kind) {
    case TOKEN_OR:
        return 1;
    case TOKEN_AND:
        return 2;
    case TOKEN_EQUAL:
    case TOKEN_NOT_EQUAL:
        return 3;
    case TOKEN_LESS:
    case TOKEN_LESS_EQUAL:
    case TOKEN_GREATER:
    case TOKEN_GREATER_EQUAL:
        return 4;
    case TOKEN_DOTS:
        return 5;
    case TOKEN_PLUS:
    case TOKEN_MINUS:
        return 6;
    case TOKEN_STAR:
    case TOKEN_SLASH:
    case TOKEN_PERCENT:
        return 7;
    default:
        return 0;
    }
}

static Node *binary(Parser *parser, int weakest)
{
    Node *left = unary(parser);
    for (;;) {
        TokenKind operation = parser->token.kind;
        int strength = binding(operation);
        if (strength < weakest || !strength)
            return left;
        advance(parser);
        Node *node = make_node(parser, operation == TOKEN_AND  ? NODE_AND
                                       : operation == TOKEN_OR ? NODE_OR
                                                               : NODE_BINARY);
        node->operation = operation;
        node->left = left;
        node->right = binary(parser, strength + 1);
        left = node;
    }
}

static Node *copy_of(Parser *parser, const Node *node)
{
    Node *copy = arena_allocate(parser->arena, sizeof *copy);
    *copy = *node;
    return copy;
}

/* a += b is a = a + b; what a[i] consists of must then be harmless to evaluate twice. */
static Node *compound(Parser *parser, Node *target, TokenKind operation)
{
    if (target->kind == NODE_INDEX
        && ((target->left->kind != NODE_NAME && target->left->kind != NODE_INDEX)
            || (target->right->kind != NODE_NAME && target->right->kind != NODE_LITERAL)))
        fail(parser, target->line, "this is too much for a compound assignment");
    Node *node = make_node(parser, NODE_BINARY);
    node->operation = operation;
    node->left = copy_of(parser, target);
    node->right = expression(parser);
    return node;
}

static Node *expression(Parser *parser)
{
    enter(parser);
    Node *left = binary(parser, 1);
    TokenKind kind = parser->token.kind;
    if (kind >= TOKEN_ASSIGN && kind <= TOKEN_SLASH_ASSIGN) {
        if (left->kind != NODE_NAME && left->kind != NODE_INDEX)
            fail(parser, parser->token.line, "only variables and elements can be assigned to");
        advance(parser);
        Node *node = make_node(parser, NODE_ASSIGN);
        node->left = left;
        if (kind == TOKEN_ASSIGN)
            node->right = expression(parser);
        else
            node->right = compound(parser, left, kind - TOKEN_PLUS_ASSIGN + TOKEN_PLUS);
        left = node;
    }
    leave(parser);
    return left;
}

/* -- statements */

static Node *statement(Parser *parser);

static Node *statements(Parser *parser, TokenKind end_kind)
{
    Node *node = make_node(parser, NODE_BLOCK);
    Node **end = &node->list;
    while (parser->token.kind != end_kind && parser->token.kind != TOKEN_END) {
        if (accept(parser, TOKEN_SEMICOLON))
            continue;
        add_item(parser, node, &end, statement(parser));
    }
    return node;
}

static Node *block(Parser *parser)
{
    enter(parser);
    expect(parser, TOKEN_LEFT_BRACE, "'{'");
    open_scope(parser);
    Node *node = statements(parser, TOKEN_RIGHT_BRACE);
    close_scope(parser);
    expect(parser, TOKEN_RIGHT_BRACE, "'}'");
    leave(parser);
    return node;
}

static Node *let(Parser *parser)
{
    Node *node = make_node(parser, NODE_LET);
    expect(parser, TOKEN_NAME, "a name");
    node->name = name_of(parser, &parser->before);
    /* The new variable is not visible in its own value. */
    if (accept(parser, TOKEN_ASSIGN))
        node->left = expression(parser);
    if (!is_global_level(parser))
        node->variable = declare(parser, node->name);
    return node;
}

/* A function may call itself, so its name is declared first. */
static Node *named_function(Parser *parser)
{
    Node *node = make_node(parser, NODE_LET);
    node->name = name_of(parser, &parser->before);
    if (!is_global_level(parser))
        node->variable = declare(parser, node->name);
    node->left = function(parser, node->name);
    return node;
}

static Node *if_statement(Parser *parser)
{
    Node *node = make_node(parser, NODE_IF);
    node->left = expression(parser);
    node->right = block(parser);
    if (accept(parser, TOKEN_ELSE)) {
        enter(parser);
        node->third = accept(parser, TOKEN_IF) ? if_statement(parser) : block(parser);
        leave(parser);
    }
    return node;
}

static Node *loop_body(Parser *parser)
{
    parser->loops++;
    Node *node = block(parser);
    parser->loops--;
    return node;
}

static Node *while_statement(Parser *parser)
{
    Node *node = make_node(parser, NODE_WHILE);
    node->left = expression(parser);
    node->right = loop_body(parser);
    return node;
}

static Node *for_statement(Parser *parser)
{
    Node *node = make_node(parser, NODE_FOR);
    expect(parser, TOKEN_NAME, "a name");
    Text *name = name_of(parser, &parser->before);
    expect(parser, TOKEN_IN, "'in'");
    node->left = expression(parser);
    open_scope(parser);
    node->hidden_slot = take_slot(parser); /* what is gone through */
    take_slot(parser);                     /* how far it has come */
    node->variable = declare(parser, name);
    node->right = loop_body(parser);
    close_scope(parser);
    return node;
}

static Node *try_statement(Parser *parser)
{
    Node *node = make_node(parser, NODE_TRY);
    int loops = parser->loops;
    parser->loops = 0; /* leaving the block with break would leave its handler behind */
    node->left = block(parser);
    parser->loops = loops;
    expect(parser, TOKEN_CATCH, "'catch'");
    open_scope(parser);
    expect(parser, TOKEN_NAME, "a name");
    node->variable = declare(parser, name_of(parser, &parser->before));
    node->right = block(parser);
    close_scope(parser);
    return node;
}

static Node *jump(Parser *parser, NodeKind kind, const char *what)
{
    if (!parser->loops)
        fail(parser, parser->before.line, "'%s' is not directly in a loop", what);
    return make_node(parser, kind);
}

static Node *return_statement(Parser *parser)
{
    Node *node = make_node(parser, NODE_RETURN);
    TokenKind kind = parser->token.kind;
    if (kind != TOKEN_RIGHT_BRACE && kind != TOKEN_SEMICOLON && kind != TOKEN_END
        && parser->token.line == parser->before.line)
        node->left = expression(parser);
    return node;
}

static Node *statement(Parser *parser)
{
    switch (parser->token.kind) {
    case TOKEN_LET:
        advance(parser);
        return let(parser);
    case TOKEN_IF:
        advance(parser);
        return if_statement(parser);
    case TOKEN_WHILE:
        advance(parser);
        return while_statement(parser);
    case TOKEN_FOR:
        advance(parser);
        return for_statement(parser);
    case TOKEN_TRY:
        advance(parser);
        return try_statement(parser);
    case TOKEN_BREAK:
        advance(parser);
        return jump(parser, NODE_BREAK, "break");
    case TOKEN_CONTINUE:
        advance(parser);
        return jump(parser, NODE_CONTINUE, "continue");
    case TOKEN_RETURN:
        advance(parser);
        return return_statement(parser);
    case TOKEN_THROW: {
        advance(parser);
        Node *node = make_node(parser, NODE_THROW);
        node->left = expression(parser);
        return node;
    }
    case TOKEN_FN: {
        /* `fn name` declares, `fn (` is an expression. */
        Lexer ahead = parser->lexer;
        if (next_token(&ahead).kind == TOKEN_LEFT_PAREN)
            break;
        advance(parser);
        expect(parser, TOKEN_NAME, "the name of a function");
        return named_function(parser);
    }
    default:
        break;
    }
    Node *node = make_node(parser, NODE_EXPRESSION);
    node->left = expression(parser);
    node->line = node->left->line;
    return node;
}

Unit *parse(Machine *machine, Arena *arena, const char *source, char *message, size_t size)
{
    Parser *parser = arena_allocate(arena, sizeof *parser);
    parser->machine = machine;
    parser->arena = arena;
    parser->message = message;
    parser->size = size;
    lexer_open(&parser->lexer, source);
    Unit *unit = arena_allocate(arena, sizeof *unit);
    if (setjmp(parser->failed))
        return NULL;
    parser->unit = unit;
    unit->name = kept_text(parser, "script", 6);
    open_scope(parser);
    advance(parser);
    unit->body = statements(parser, TOKEN_END);
    return unit;
}

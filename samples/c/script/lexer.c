/* lexer.c - names, numbers, texts and signs */

#include "lexer.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *word;
    TokenKind kind;
} WORDS[] = {
    {"and", TOKEN_AND},       {"break", TOKEN_BREAK},   {"catch", TOKEN_CATCH}, {"continue", TOKEN_CONTINUE},
    {"else", TOKEN_ELSE},     {"false", TOKEN_FALSE},   {"fn", TOKEN_FN},       {"for", TOKEN_FOR},
    {"if", TOKEN_IF},         {"in", TOKEN_IN},         {"let", TOKEN_LET},     {"nil", TOKEN_NIL},
    {"not", TOKEN_NOT},       {"or", TOKEN_OR},         {"return", TOKEN_RETURN}, {"throw", TOKEN_THROW},
    {"true", TOKEN_TRUE},     {"try", TOKEN_TRY},       {"while", TOKEN_WHILE},
};

/* The longest sign that fits counts, so those of two characters stand first. */
static const struct {
    const char *sign;
    TokenKind kind;
} SIGNS[] = {
    {"..", TOKEN_DOTS},         {"+=", TOKEN_PLUS_ASSIGN},  {"-=", TOKEN_MINUS_ASSIGN},  {"*=", TOKEN_STAR_ASSIGN},
    {"/=", TOKEN_SLASH_ASSIGN}, {"==", TOKEN_EQUAL},        {"!=", TOKEN_NOT_EQUAL},     {"<=", TOKEN_LESS_EQUAL},
    {">=", TOKEN_GREATER_EQUAL}, {"(", TOKEN_LEFT_PAREN},   {")", TOKEN_RIGHT_PAREN},    {"[", TOKEN_LEFT_BRACKET},
    {"]", TOKEN_RIGHT_BRACKET}, {"{", TOKEN_LEFT_BRACE},    {"}", TOKEN_RIGHT_BRACE},    {",", TOKEN_COMMA},
    {":", TOKEN_COLON},         {".", TOKEN_DOT},           {";", TOKEN_SEMICOLON},      {"=", TOKEN_ASSIGN},
    {"+", TOKEN_PLUS},          {"-", TOKEN_MINUS},         {"*", TOKEN_STAR},           {"/", TOKEN_SLASH},
    {"%", TOKEN_PERCENT},       {"^", TOKEN_CARET},         {"<", TOKEN_LESS},           {">", TOKEN_GREATER},
};

void lexer_open(Lexer *lexer, const char *source)
{
    lexer->next = source;
    lexer->line = 1;
}

static void skip_blanks(Lexer *lexer)
{
    for (;; lexer->next++) {
        switch (*lexer->next) {
        case '\n':
            lexer->line++;
            break;
        case ' ':
        case '\t':
        case '\r':
            break;
        case '#':
            while (lexer->next[1] && lexer->next[1] != '\n')
                lexer->next++;
            break;
        default:
            return;
        }
    }
}

static Token made(const Lexer *lexer, TokenKind kind, const char *start)
{
    return (Token){kind, start, (size_t)(lexer->next - start), lexer->line};
}

static Token failed(const Lexer *lexer, const char *message)
{
    return (Token){TOKEN_ERROR, message, strlen(message), lexer->line};
}

static Token name_or_word(Lexer *lexer, const char *start)
{
    while (isalnum((unsigned char)*lexer->next) || *lexer->next == '_')
        lexer->next++;
    Token token = made(lexer, TOKEN_NAME, start);
    for (size_t at = 0; at < sizeof WORDS / sizeof *WORDS; at++) {
        if (*WORDS[at].word == *start && strlen(WORDS[at].word) == token.length && memcmp(WORDS[at].word, start, token.length) == 0)
            token.kind = WORDS[at].kind;
    }
    return token;
}

static Token number(Lexer *lexer, const char *start)
{
    while (isdigit((unsigned char)*lexer->next))
        lexer->next++;
    /* In 1..9 the point belongs to the range. */
    if (lexer->next[0] == '.' && isdigit((unsigned char)lexer->next[1])) {
        lexer->next++;
        while (isdigit((unsigned char)*lexer->next))
            lexer->next++;
    }
    if (*lexer->next == 'e' || *lexer->next == 'E') {
        lexer->next++;
        if (*lexer->next == '+' || *lexer->next == '-')
            lexer->next++;
        if (!isdigit((unsigned char)*lexer->next))
            return failed(lexer, "an exponent has no digits");
        while (isdigit((unsigned char)*lexer->next))
            lexer->next++;
    }
    if (isalpha((unsigned char)*lexer->next) || *lexer->next == '_')
        return failed(lexer, "a number runs into a name");
    return made(lexer, TOKEN_NUMBER, start);
}

static Token text(Lexer *lexer, const char *start)
{
    int line = lexer->line;
    while (*lexer->next != '"') {
        if (*lexer->next == '\\' && lexer->next[1])
            lexer->next++;
        if (!*lexer->next)
            return failed(lexer, "a text has no end");
        if (*lexer->next == '\n')
            lexer->line++;
        lexer->next++;
    }
    lexer->next++;
    Token token = made(lexer, TOKEN_TEXT, start);
    token.line = line;
    return token;
}

Token next_token(Lexer *lexer)
{
    skip_blanks(lexer);
    const char *start = lexer->next;
    if (!*start)
        return made(lexer, TOKEN_END, start);
    if (isalpha((unsigned char)*start) || *start == '_')
        return name_or_word(lexer, start);
    if (isdigit((unsigned char)*start))
        return number(lexer, start);
    lexer->next++;
    if (*start == '"')
        return text(lexer, start);
    lexer->next--;
    for (size_t at = 0; at < sizeof SIGNS / sizeof *SIGNS; at++) {
        const char *sign = SIGNS[at].sign;
        if (sign[0] == start[0] && (!sign[1] || sign[1] == start[1])) {
            lexer->next += sign[1] ? 2 : 1;
            return made(lexer, SIGNS[at].kind, start);
        }
    }
    return failed(lexer, "a character has no meaning here");
}

/* lexer.h - a script as a sequence of tokens */

#ifndef LEXER_H
#define LEXER_H

#include <stddef.h>

typedef enum {
    TOKEN_END,
    TOKEN_ERROR,
    TOKEN_NAME,
    TOKEN_NUMBER,
    TOKEN_TEXT,
    /* signs */
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_LEFT_BRACKET,
    TOKEN_RIGHT_BRACKET,
    TOKEN_LEFT_BRACE,
    TOKEN_RIGHT_BRACE,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_DOT,
    TOKEN_DOTS,
    TOKEN_SEMICOLON,
    TOKEN_ASSIGN,
    TOKEN_PLUS_ASSIGN,
    TOKEN_MINUS_ASSIGN,
    TOKEN_STAR_ASSIGN,
    TOKEN_SLASH_ASSIGN,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_CARET,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    /* words */
    TOKEN_AND,
    TOKEN_BREAK,
    TOKEN_CATCH,
    TOKEN_CONTINUE,
    TOKEN_ELSE,
    TOKEN_FALSE,
    TOKEN_FN,
    TOKEN_FOR,
    TOKEN_IF,
    TOKEN_IN,
    TOKEN_LET,
    TOKEN_NIL,
    TOKEN_NOT,
    TOKEN_OR,
    TOKEN_RETURN,
    TOKEN_THROW,
    TOKEN_TRUE,
    TOKEN_TRY,
    TOKEN_WHILE,
} TokenKind;

/* `start` and `length` are the token in the source; of an error `start` is the message. */
typedef struct {
    TokenKind kind;
    const char *start;
    size_t length;
    int line;
} Token;

typedef struct {
    const char *next;
    int line;
} Lexer;

void lexer_open(Lexer *lexer, const char *source);
Token next_token(Lexer *lexer);

#endif

/* parser.h - from tokens to a tree */

#ifndef PARSER_H
#define PARSER_H

#include "tree.h"

/* The whole script as a function without parameters; NULL if it has an error, which `message` (of `size` bytes) then
   tells. Texts in the tree are kept by the machine until machine_release. */
Unit *parse(Machine *machine, Arena *arena, const char *source, char *message, size_t size);

#endif

/* generator.h - from a tree to instructions */

#ifndef GENERATOR_H
#define GENERATOR_H

#include "tree.h"

/* The function that executes a whole script; NULL if it is too large for the machine, and `message` says of what. */
Function *generate(Machine *machine, const Unit *unit, char *message, size_t size);

#endif

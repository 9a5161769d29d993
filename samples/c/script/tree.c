/* tree.c - the arena that trees live in */

#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"

enum { BLOCK_SIZE = 16 * 1024, ALIGNMENT = 8 };

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *arena_allocate(Arena *arena, size_t size)
{
    size = aligned(size);
    if (!arena->last || arena->last->used + size > arena->last->room) {
        size_t room = aligned(sizeof(Block)) + (size > BLOCK_SIZE ? size : BLOCK_SIZE);
        Block *block = must_allocate(NULL, room);
        *block = (Block){arena->last, aligned(sizeof(Block)), room};
        arena->last = block;
    }
    void *memory = (char *)arena->last + arena->last->used;
    arena->last->used += size;
    return memset(memory, 0, size);
}

void arena_free(Arena *arena)
{
    while (arena->last) {
        Block *before = arena->last->before;
        free(arena->last);
        arena->last = before;
    }
}

/* Allocations of which one fails. Link with --wrap for malloc, calloc, realloc and strdup, and include
   this in one file. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

static long n_allocations, failing; /* the number of the one that fails, from 1; 0: none */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static bool fails(void) {
  if (failing == 0 || ++n_allocations != failing) return false;
  errno = ENOMEM;
  return true;
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t n, size_t size) { return fails() ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *memory, size_t size) {
  return fails() ? NULL : __real_realloc(memory, size);
}
char *__wrap_strdup(const char *text) { return fails() ? NULL : __real_strdup(text); }

#endif

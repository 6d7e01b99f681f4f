/* To be preloaded: the allocation of that number, FAILING_ALLOCATION from 1, fails among those that
   pychrony's compiled module makes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own names for them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool fails(void *caller) {
  static long n_allocations;
  const char *failing = getenv("FAILING_ALLOCATION");
  Dl_info where;

  if (failing == NULL || dladdr(caller, &where) == 0) return false;
  if (strstr(where.dli_fname, "/pychrony/_binding") == NULL) return false;
  if (++n_allocations != atol(failing)) return false;
  errno = ENOMEM;
  return true;
}

#define FAILS() fails(__builtin_return_address(0))

void *malloc(size_t size) { return FAILS() ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return FAILS() ? NULL : __libc_calloc(n, size); }
void *realloc(void *memory, size_t size) { return FAILS() ? NULL : __libc_realloc(memory, size); }

char *strdup(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = FAILS() ? NULL : __libc_malloc(size);

  return copy == NULL ? NULL : memcpy(copy, text, size);
}

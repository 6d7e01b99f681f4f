#define _DEFAULT_SOURCE
#include "names.h"

#include <stdlib.h>

/* How many a connection keeps room for until the next list. A server decides how many there are. */
enum { NAMES_KEPT = (1 << 18) / sizeof(named_source) };

void names_free(pychrony_connection *c) {
  free(c->sources);
  c->sources = NULL;
  c->n_sources = c->sources_capacity = 0;
}

void names_clear(pychrony_connection *c) {
  c->n_sources = 0;
  if (c->sources_capacity > NAMES_KEPT) names_free(c);
}

/* Grow twofold each time. */
static bool make_room(pychrony_connection *c) {
  int capacity = c->sources_capacity * 2 + 16;
  named_source *sources;

  if (c->n_sources < c->sources_capacity) return true;
  sources = realloc(c->sources, (size_t)capacity * sizeof *sources);
  if (sources == NULL) return false;
  c->sources = sources;
  c->sources_capacity = capacity;
  return true;
}

bool names_append(pychrony_connection *c, const char *address) {
  named_source *source;

  if (!make_room(c)) return false;
  source = &c->sources[c->n_sources++];
  source->has_address = source_name_encode(address, source->address);
  source->has_name = false;
  return true;
}

const char *pychrony_get_source_name(const pychrony_connection *c, int record) {
  bool has_name = record >= 0 && record < c->n_sources && c->sources[record].has_name;

  return has_name ? c->sources[record].name : NULL;
}

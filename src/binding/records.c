#define _DEFAULT_SOURCE
#include "records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes of a list a connection keeps for the next one: a server decides how many there are
   of it. */
enum { MEMORY_KEPT = 1 << 18 };

/*
 * libchrony 0.2 writes the text of an address to one buffer that all threads share, so no two of
 * them may read a record at a time. Reading is brief, and nobody waits for the network meanwhile.
 * The bundled library keeps its texts by session and needs no lock.
 */
#ifdef PYCHRONY_SYSTEM_LIBCHRONY
#include <pthread.h>

static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_safe = PTHREAD_ONCE_INIT;

static void lock_reading(void) { pthread_mutex_lock(&reading); }
static void unlock_reading(void) { pthread_mutex_unlock(&reading); }

/* A child forked while another thread reads must not find the lock held forever. */
static void make_fork_safe(void) { pthread_atfork(lock_reading, unlock_reading, unlock_reading); }

void records_lock_texts(void) {
  pthread_once(&fork_safe, make_fork_safe);
  lock_reading();
}

void records_unlock_texts(void) { unlock_reading(); }

/* It also reads 16-bit signed fields as unsigned. No signed field is wider. */
static int64_t signed_value(chrony_session *s, int field) {
  int64_t value = chrony_get_field_integer(s, field);

  return value > INT16_MAX && value <= UINT16_MAX ? value - UINT16_MAX - 1 : value;
}

/* It does not know what a chronyd with seconds of 32 bits sends in place of their upper half. */
static int64_t right_seconds(int64_t seconds) {
  return (uint64_t)seconds >> 32 == 0x7fffffff ? seconds & UINT32_MAX : seconds;
}
#else
void records_lock_texts(void) {}
void records_unlock_texts(void) {}

static int64_t signed_value(chrony_session *s, int field) {
  return chrony_get_field_integer(s, field);
}

static int64_t right_seconds(int64_t seconds) { return seconds; }
#endif

static size_t field_size(int type) {
  switch (type) {
    case CHRONY_TYPE_UINTEGER:
    case CHRONY_TYPE_INTEGER:
    case CHRONY_TYPE_FLOAT: return 8;
    case CHRONY_TYPE_TIMESPEC: return 16;
    case CHRONY_TYPE_STRING: return PYCHRONY_TEXT_SIZE;
    default: return 0;
  }
}

static void copy_text(const char *text, unsigned char *to) {
  size_t length = text == NULL ? 0 : strnlen(text, PYCHRONY_TEXT_SIZE - 1);

  to[0] = (unsigned char)length;
  if (length > 0) memcpy(to + 1, text, length);
}

static void copy_time(struct timespec time, unsigned char *to) {
  /* chronyd sends the nanoseconds as 32 bits without a sign, and a long may have no more. */
  int64_t parts[] = {right_seconds(time.tv_sec), (uint32_t)time.tv_nsec};

  memcpy(to, parts, sizeof parts);
}

static void copy_field(chrony_session *s, int field, int type, unsigned char *to) {
  uint64_t natural;
  int64_t integer;
  double real;

  switch (type) {
    case CHRONY_TYPE_UINTEGER:
      natural = chrony_get_field_uinteger(s, field);
      memcpy(to, &natural, sizeof natural);
      break;
    case CHRONY_TYPE_INTEGER:
      integer = signed_value(s, field);
      memcpy(to, &integer, sizeof integer);
      break;
    case CHRONY_TYPE_FLOAT:
      real = chrony_get_field_float(s, field);
      memcpy(to, &real, sizeof real);
      break;
    case CHRONY_TYPE_TIMESPEC: copy_time(chrony_get_field_timespec(s, field), to); break;
    case CHRONY_TYPE_STRING: copy_text(chrony_get_field_string(s, field), to); break;
    default: break;
  }
}

/* What a record consists of: fields of our own, and then those of the record that a session has at
   hand. */
typedef struct {
  int n_own;
  const pychrony_field *own;
  chrony_session *session; /* NULL: there are no others */
} description;

/* In a list that is read with addresses, each record begins with this field. */
static const pychrony_field address_field = {"address", CHRONY_TYPE_STRING};

static description describe(chrony_session *s, bool with_address) {
  return (description){with_address, &address_field, s};
}

static int count_fields(const description *d) {
  return d->n_own + (d->session == NULL ? 0 : chrony_get_record_number_fields(d->session));
}

static pychrony_field get_field(const description *d, int number) {
  int i = number - d->n_own;

  if (i < 0) return d->own[number];
  return (pychrony_field){chrony_get_field_name(d->session, i),
                          (int)chrony_get_field_type(d->session, i)};
}

static bool has_layout(const description *d, const pychrony_layout *layout) {
  if (count_fields(d) != layout->n_fields) return false;
  for (int i = 0; i < layout->n_fields; i++) {
    pychrony_field field = get_field(d, i);
    if (field.type != layout->fields[i].type || strcmp(field.name, layout->fields[i].name) != 0)
      return false;
  }
  return true;
}

static void free_layout(owned_layout *layout) {
  free(layout->fields);
  free(layout->names);
  free(layout->record);
}

/* Free what a list takes. */
static void free_list(pychrony_connection *c) {
  free(c->list_bytes);
  free(c->list_layouts);
  c->list = (pychrony_list){0};
  c->list_bytes = NULL;
  c->list_layouts = NULL;
  c->list_capacity = 0;
  c->records_capacity = 0;
}

void records_clear_list(pychrony_connection *c) {
  c->list.n_records = 0;
  c->list.size = 0;
  if (c->list_capacity > MEMORY_KEPT) free_list(c);
}

void records_free_layouts(known_layouts *layouts) {
  for (int i = 0; i < layouts->n; i++) free_layout(&layouts->all[i]);
  free(layouts->all);
}

void records_free(pychrony_connection *c) {
  records_free_layouts(&c->own_layouts);
  free_list(c);
}

/* Copy the fields. libchrony's names live only as long as a session. */
static void copy_description(const description *d, owned_layout *to) {
  char *name = to->names;

  for (int i = 0; i < to->seen.n_fields; i++) {
    pychrony_field field = get_field(d, i);
    size_t size = strlen(field.name) + 1;
    to->fields[i] = (pychrony_field){memcpy(name, field.name, size), field.type};
    name += size;
  }
}

static bool make_layout(const description *d, owned_layout *to) {
  int n_fields = count_fields(d);
  size_t names_size = 0, size = 0;

  for (int i = 0; i < n_fields; i++) {
    pychrony_field field = get_field(d, i);
    names_size += strlen(field.name) + 1;
    size += field_size(field.type);
  }
  /* malloc may give NULL for no bytes. */
  *to = (owned_layout){.fields = calloc((size_t)n_fields + 1, sizeof *to->fields),
                       .names = malloc(names_size + 1),
                       .record = malloc(size + 1)};
  if (to->fields == NULL || to->names == NULL || to->record == NULL) return false;
  to->seen = (pychrony_layout){n_fields, to->fields, size, to->record};
  copy_description(d, to);
  return true;
}

static int add_layout(known_layouts *known, const description *d) {
  size_t size = ((size_t)known->n + 1) * sizeof *known->all;
  owned_layout *all = realloc(known->all, size);

  if (all == NULL) return -1;
  known->all = all;
  if (make_layout(d, &all[known->n])) return known->n++;
  free_layout(&all[known->n]);
  return -1;
}

static int find_layout(known_layouts *known, const description *d) {
  for (int i = 0; i < known->n; i++)
    if (has_layout(d, &known->all[i].seen)) return i;
  return add_layout(known, d);
}

/* Copy the fields of the record at hand, the last ones of the layout. */
static void copy_fields(chrony_session *s, const pychrony_layout *layout, unsigned char *to) {
  int n_fields = chrony_get_record_number_fields(s);
  const pychrony_field *fields = layout->fields + (layout->n_fields - n_fields);

  records_lock_texts();
  for (int i = 0; i < n_fields; i++) {
    copy_field(s, i, fields[i].type, to);
    to += field_size(fields[i].type);
  }
  records_unlock_texts();
}

void records_copy_address(chrony_session *s, char to[SOURCE_ADDRESS_SIZE]) {
  const char *text;

  records_lock_texts();
  text = chrony_get_field_string(s, chrony_get_field_index(s, "address"));
  snprintf(to, SOURCE_ADDRESS_SIZE, "%s", text == NULL ? "" : text);
  records_unlock_texts();
}

/* Grow the list, twofold each time. */
static bool make_room(pychrony_connection *c, size_t size) {
  size_t capacity = c->list_capacity;
  void *bytes, *layouts;

  while (c->list.size + size > capacity) capacity = capacity * 2 + size;
  if (capacity > c->list_capacity || c->list_bytes == NULL) {
    bytes = realloc(c->list_bytes, capacity + 1); /* the first record may have no bytes */
    if (bytes == NULL) return false;
    c->list.bytes = c->list_bytes = bytes;
    c->list_capacity = capacity;
  }
  if (c->list.n_records == c->records_capacity) {
    layouts = realloc(c->list_layouts, ((size_t)c->records_capacity * 2 + 1) * sizeof(int));
    if (layouts == NULL) return false;
    c->list.layouts = c->list_layouts = layouts;
    c->records_capacity = c->records_capacity * 2 + 1;
  }
  return true;
}

/* Make room at the end of the list for a record, and note its layout's number there. Where its
   bytes go; NULL: no memory. */
static unsigned char *append(pychrony_connection *c, const description *d, int *number) {
  unsigned char *to;
  size_t size;

  *number = find_layout(c->layouts, d);
  if (*number < 0) return NULL;
  size = c->layouts->all[*number].seen.size;
  if (!make_room(c, size)) return NULL;
  to = c->list_bytes + c->list.size;
  c->list_layouts[c->list.n_records++] = *number;
  c->list.size += size;
  return to;
}

int records_append(pychrony_connection *c, chrony_session *s, const char *address) {
  description d = describe(s, address != NULL);
  int number;
  unsigned char *to = append(c, &d, &number);

  if (to == NULL) return -1;
  if (address != NULL) copy_text(address, to);
  copy_fields(s, &c->layouts->all[number].seen, address == NULL ? to : to + PYCHRONY_TEXT_SIZE);
  return number;
}

int records_copy(pychrony_connection *c, chrony_session *s) {
  description d = describe(s, false);
  int number;

  /* The bytes of a shared layout may be another connection's by the time they are read. */
  if (c->layouts != &c->own_layouts) return records_append(c, s, NULL);
  number = find_layout(c->layouts, &d);
  if (number >= 0) copy_fields(s, &c->layouts->all[number].seen, c->layouts->all[number].record);
  return number;
}

bool records_append_client(pychrony_connection *c, const client *from) {
  description d = {CLIENTS_FIELDS, clients_fields, NULL};
  int number;
  unsigned char *to = append(c, &d, &number);

  if (to == NULL) return false;
  copy_text(from->address, to);
  memcpy(to + PYCHRONY_TEXT_SIZE, from->numbers, sizeof from->numbers);
  return true;
}

const pychrony_layout *pychrony_get_layout(const pychrony_connection *c, int number) {
  return &c->layouts->all[number].seen;
}

const pychrony_list *pychrony_get_list(const pychrony_connection *c) { return &c->list; }

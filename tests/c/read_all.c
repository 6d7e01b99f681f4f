#define _DEFAULT_SOURCE
#include "read_all.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"

enum { MOST_FIELDS = 33, MOST_TEXT = 47 };

/* So that all that was read counts, and a sanitizer sees where it is undefined. */
static volatile uint64_t sum;

void read_text(const char *text) {
  for (; text != NULL && *text != '\0'; text++) sum += (uint64_t)*text;
}

static void count(uint64_t value) {
  if (value != 0) sum += value;
}

static void read_constants(chrony_session *s, int field, uint64_t value) {
  chrony_field_content content = chrony_get_field_content(s, field);
  const char *name = chrony_get_field_constant_name(s, field, value);

  read_text(name);
  check(name == NULL || content == CHRONY_CONTENT_ENUM || content == CHRONY_CONTENT_FLAGS,
        "a name of a value that has none");
  if (content != CHRONY_CONTENT_FLAGS) return;
  for (int bit = 0; bit < 64; bit++)
    read_text(chrony_get_field_constant_name(s, field, (uint64_t)1 << bit));
}

/* What the getters say must be of the field's type alone. */
static void check_values(chrony_session *s, int field, chrony_field_type type) {
  uint64_t natural = chrony_get_field_uinteger(s, field);
  int64_t integer = chrony_get_field_integer(s, field);
  double real = chrony_get_field_float(s, field);
  struct timespec t = chrony_get_field_timespec(s, field);
  const char *text = chrony_get_field_string(s, field);

  count(natural);
  count((uint64_t)integer);
  count((uint64_t)t.tv_sec);
  count((uint64_t)t.tv_nsec);
  read_text(text);
  check(type == CHRONY_TYPE_UINTEGER || natural == 0, "a natural number of another type");
  check(type == CHRONY_TYPE_INTEGER || integer == 0, "an integer of another type");
  check(type == CHRONY_TYPE_FLOAT ? isfinite(real) : isnan(real), "a real number");
  check(type == CHRONY_TYPE_TIMESPEC || (t.tv_sec == 0 && t.tv_nsec == 0), "a time");
  check(t.tv_nsec >= 0 && t.tv_nsec <= UINT32_MAX, "nanoseconds");
  check(type == CHRONY_TYPE_STRING || text == NULL, "a text of another type");
  check(text == NULL || (*text != '\0' && strlen(text) <= MOST_TEXT), "a text's length");
  read_constants(s, field, natural);
}

static void read_field(chrony_session *s, int field, int n_fields) {
  const char *name = chrony_get_field_name(s, field);
  chrony_field_type type = chrony_get_field_type(s, field);
  chrony_field_content content = chrony_get_field_content(s, field);
  bool is_there = field >= 0 && field < n_fields;

  check(is_there == (name != NULL), "a name");
  check(is_there == (type != CHRONY_TYPE_NONE), "a type");
  check(content <= CHRONY_CONTENT_BOOLEAN && type <= CHRONY_TYPE_STRING, "a type's range");
  check(name == NULL || chrony_get_field_index(s, name) == field, "a field's index");
  check_values(s, field, type);
}

void read_record(chrony_session *s) {
  int n = chrony_get_record_number_fields(s);

  check(n >= 0 && n <= MOST_FIELDS, "the number of fields");
  for (int field = -1; field <= n; field++) read_field(s, field, n);
  check(chrony_get_field_index(s, "no such field") < 0, "a field that is not there");
  count((uint64_t)chrony_get_report_number_records(s));
}

void read_name(const char name[SOURCE_NAME_SIZE]) {
  check(memchr(name, '\0', SOURCE_NAME_SIZE) != NULL, "a source's name without an end");
  read_text(name);
}

void read_clients(const clients *t) {
  client found;

  check(t->n_clients >= 0 && t->n_clients <= CLIENTS_AT_A_TIME, "the number of clients");
  for (int i = 0; i < t->n_clients; i++) {
    if (!clients_read(t, i, &found)) continue;
    check(memchr(found.address, '\0', sizeof found.address) != NULL, "an address without an end");
    read_text(found.address);
    for (int j = 0; j < CLIENTS_NUMBERS; j++) {
      bool is_signed = clients_fields[j + 1].type == CHRONY_TYPE_INTEGER;
      int64_t low = is_signed ? INT8_MIN : 0, high = is_signed ? INT8_MAX : UINT32_MAX;
      check(found.numbers[j] >= low && found.numbers[j] <= high, "a number of a client's");
    }
  }
}

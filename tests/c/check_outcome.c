#define _DEFAULT_SOURCE
#include "check_outcome.h"

#include <string.h>

#include "fuzz.h"
#include "scripted.h"

enum { MOST_FIELDS = 34, LAST_ERROR = 14 };

/* So that all that was read counts, and a sanitizer sees where it is undefined. */
static volatile uint64_t sum;

static void read_bytes(const unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) sum += bytes[i];
}

static size_t size_of(int type) {
  switch (type) {
    case CHRONY_TYPE_UINTEGER:
    case CHRONY_TYPE_INTEGER:
    case CHRONY_TYPE_FLOAT: return 8;
    case CHRONY_TYPE_TIMESPEC: return 16;
    case CHRONY_TYPE_STRING: return PYCHRONY_TEXT_SIZE;
    default: return 0;
  }
}

/* Read a record. Only what a text's length says of it is there. */
static void read_record(const pychrony_layout *layout, const unsigned char *record) {
  for (int i = 0; i < layout->n_fields; i++) {
    bool is_text = layout->fields[i].type == CHRONY_TYPE_STRING;
    read_bytes(record, is_text ? 1 + (size_t)record[0] : size_of(layout->fields[i].type));
    record += size_of(layout->fields[i].type);
  }
  count_record();
}

static const pychrony_layout *check_layout(const pychrony_connection *c, int number) {
  const pychrony_layout *layout;
  size_t size = 0;

  check(number >= 0 && number < c->layouts->n, "a layout's number");
  layout = pychrony_get_layout(c, number);
  check(layout->n_fields >= 0 && layout->n_fields <= MOST_FIELDS, "the number of fields");
  for (int i = 0; i < layout->n_fields; i++) {
    check(size_of(layout->fields[i].type) > 0, "a field's type");
    check(*layout->fields[i].name != '\0', "a field's name");
    size += size_of(layout->fields[i].type);
  }
  check(size == layout->size, "a record's size");
  return layout;
}

static void check_list(const pychrony_connection *c, int n_records) {
  const pychrony_list *list = pychrony_get_list(c);
  size_t size = 0;

  check(n_records == list->n_records && n_records <= PYCHRONY_MAX_RECORDS, "a list's length");
  for (int i = 0; i < n_records; i++) {
    const pychrony_layout *layout = check_layout(c, list->layouts[i]);
    read_record(layout, list->bytes + size);
    size += layout->size;
  }
  check(size == list->size, "a list's size");
}

static void check_names(const pychrony_connection *c, int n_records) {
  for (int i = -1; i <= n_records; i++) {
    const char *name = pychrony_get_source_name(c, i);
    check(name == NULL || (i >= 0 && i < n_records), "a name of a record that is not there");
    check(name == NULL || strlen(name) < SOURCE_NAME_SIZE, "a name's length");
    if (name != NULL) count_record();
  }
}

/* In a fleet, a single record is in the list. */
static void check_record(const pychrony_connection *c, int number) {
  const pychrony_layout *layout = check_layout(c, number);

  if (c->layouts == &c->own_layouts)
    read_record(layout, layout->record);
  else
    check_list(c, 1);
}

static void check_failure(const pychrony_failure *failure) {
  check(failure->error >= CHRONY_OK && failure->error <= LAST_ERROR, "a failure's error");
  check(failure->error != CHRONY_OK || failure->system_error != 0, "a failure without a reason");
  check(failure->stage <= PYCHRONY_EXCHANGING, "a failure's stage");
}

void check_outcome(const pychrony_connection *c, pychrony_operation operation, int outcome) {
  const scripted_socket *s = scripted_find(pychrony_get_fd(c));

  switch (outcome) {
    case PYCHRONY_TIMED_OUT: return;
    case PYCHRONY_FAILED: check_failure(pychrony_get_failure(c)); return;
    case PYCHRONY_TOO_MANY:
    case PYCHRONY_CHANGED: check(operation != PYCHRONY_RECORD, "a list"); return;
    default: check(outcome >= 0, "an outcome");
  }
  check(s != NULL && s->n_answers > 0, "a result without an answer");
  if (operation == PYCHRONY_RECORD)
    check_record(c, outcome);
  else
    check_list(c, outcome);
  if (operation == PYCHRONY_NAMED_LIST) check_names(c, outcome);
}

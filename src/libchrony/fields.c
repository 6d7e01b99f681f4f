#define _DEFAULT_SOURCE
#include <math.h>
#include <string.h>

#include "session.h"

int chrony_get_record_number_fields(chrony_session *s) {
  return s->record.reply == NULL ? 0 : s->record.reply->n_fields;
}

/* The field of that number in the record at hand, or NULL. */
static const field *field_at(const chrony_session *s, int number) {
  const reply *r = s->record.reply;

  return r != NULL && number >= 0 && number < r->n_fields ? &r->fields[number] : NULL;
}

/* The bytes of a field that is there. */
static const uint8_t *bytes_at(const chrony_session *s, int number) {
  return s->record.payload + s->record.offsets[number];
}

static chrony_field_type type_of(wire_form form) {
  switch (form) {
    case WIRE_I8:
    case WIRE_I16: return CHRONY_TYPE_INTEGER;
    case WIRE_FLOAT: return CHRONY_TYPE_FLOAT;
    case WIRE_TIMESPEC: return CHRONY_TYPE_TIMESPEC;
    case WIRE_ADDRESS: return CHRONY_TYPE_STRING;
    default: return CHRONY_TYPE_UINTEGER;
  }
}

/* The field's bytes where it is there and has that type, else NULL. */
static const uint8_t *bytes_of_type(const chrony_session *s, int number, chrony_field_type type) {
  const field *f = field_at(s, number);

  return f != NULL && type_of(f->form) == type ? bytes_at(s, number) : NULL;
}

const char *chrony_get_field_name(chrony_session *s, int field_number) {
  const field *f = field_at(s, field_number);

  return f == NULL ? NULL : f->name;
}

int chrony_get_field_index(chrony_session *s, const char *name) {
  if (name == NULL) return -1;
  for (int i = 0; i < chrony_get_record_number_fields(s); i++)
    if (strcmp(s->record.reply->fields[i].name, name) == 0) return i;
  return -1;
}

chrony_field_type chrony_get_field_type(chrony_session *s, int field_number) {
  const field *f = field_at(s, field_number);

  return f == NULL ? CHRONY_TYPE_NONE : type_of(f->form);
}

chrony_field_content chrony_get_field_content(chrony_session *s, int field_number) {
  const field *f = field_at(s, field_number);

  if (f == NULL) return CHRONY_CONTENT_NONE;
  if (f->form == WIRE_ADDRESS && !address_is_specified(bytes_at(s, field_number)))
    return CHRONY_CONTENT_NONE;
  return f->content;
}

uint64_t chrony_get_field_uinteger(chrony_session *s, int field_number) {
  const uint8_t *bytes = bytes_of_type(s, field_number, CHRONY_TYPE_UINTEGER);
  wire_form form;

  if (bytes == NULL) return 0;
  form = s->record.reply->fields[field_number].form;
  return decode_unsigned(bytes, form == WIRE_REFERENCE_ID_IN_ADDRESS ? 4 : wire_size(form));
}

int64_t chrony_get_field_integer(chrony_session *s, int field_number) {
  const uint8_t *bytes = bytes_of_type(s, field_number, CHRONY_TYPE_INTEGER);

  if (bytes == NULL) return 0;
  return decode_signed(bytes, wire_size(s->record.reply->fields[field_number].form));
}

double chrony_get_field_float(chrony_session *s, int field_number) {
  const uint8_t *bytes = bytes_of_type(s, field_number, CHRONY_TYPE_FLOAT);

  return bytes == NULL ? (double)NAN : decode_float(bytes);
}

struct timespec chrony_get_field_timespec(chrony_session *s, int field_number) {
  const uint8_t *bytes = bytes_of_type(s, field_number, CHRONY_TYPE_TIMESPEC);
  struct timespec none = {0};

  return bytes == NULL ? none : decode_timespec(bytes);
}

const char *chrony_get_field_string(chrony_session *s, int field_number) {
  const uint8_t *bytes = bytes_of_type(s, field_number, CHRONY_TYPE_STRING);

  if (bytes == NULL || !address_is_specified(bytes)) return NULL;
  decode_address(bytes, s->text);
  return s->text;
}

const char *chrony_get_field_constant_name(chrony_session *s, int field_number, uint64_t value) {
  const field *f = field_at(s, field_number);

  if (f == NULL || f->constants == NULL) return NULL;
  for (const constant *c = f->constants; c->name != NULL; c++)
    if (c->value == value) return c->name;
  return NULL;
}

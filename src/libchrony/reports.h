/* The reports as tables: what to ask, which replies may come, and what lies where in them. */
#ifndef REPORTS_H
#define REPORTS_H

#include <stddef.h>
#include <stdint.h>

#include "chrony.h"

/* How a field lies on the wire. Integers are big-endian. */
typedef enum {
  WIRE_U8,
  WIRE_U16,
  WIRE_U32,
  WIRE_U64,
  WIRE_I8,
  WIRE_I16,
  WIRE_FLOAT,
  WIRE_TIMESPEC,
  WIRE_ADDRESS,
  WIRE_REFERENCE_ID_IN_ADDRESS /* a reference clock's, in the first bytes of an address */
} wire_form;

typedef struct {
  uint64_t value;
  const char *name; /* NULL ends a list */
} constant;

typedef struct {
  const char *name;
  wire_form form;
  chrony_field_content content;
  const constant *constants; /* NULL where the values have no names */
} field;

/* A reply's payload: its fields, one after another with nothing between them. */
typedef struct {
  uint16_t code;
  const field *fields;
  int n_fields;
  int16_t kind_at; /* where not negative, this layout holds only if the u16 there is `kind` */
  uint16_t kind;
} reply;

typedef enum { ASKED_ALONE, ASKED_BY_INDEX, ASKED_BY_ADDRESS } asking;

typedef struct {
  const char *name;
  uint16_t command;
  asking asked;
  const reply *replies;
  int n_replies;
} report;

enum { MAX_FIELDS = 33 }; /* ntpdata of chronyd 4.6 and later */

/* The reports, in the order of chrony_get_report_name. */
extern const report reports[];
extern const int n_reports;

/* How many sources there are, asked and answered like a report of one field. */
extern const report count_report;

/* The report that tells the address behind an index: sourcestats, and where in it. */
extern const report *const address_report;
enum { ADDRESS_REPORT_ADDRESS_AT = 4 };

/* The report of that name, or NULL. */
const report *report_by_name(const char *name);

/* Bytes that a field takes on the wire. */
size_t wire_size(wire_form form);

/* Bytes of a reply's payload. */
size_t reply_payload_size(const reply *r);

/* The longest payload that a report may be answered with. */
size_t report_payload_size(const report *r);

#endif

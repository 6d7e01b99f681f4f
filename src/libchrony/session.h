/* What a session remembers. session.c fills it, fields.c reads the record out of it. */
#ifndef SESSION_H
#define SESSION_H

#include "chrony.h"
#include "message.h"
#include "reports.h"

enum { RANDOM_POOL = 16 }; /* numbers: drawing one at a time takes too long */

/* The answer read last: its bytes, and where in them each field begins. */
typedef struct {
  const report *report;
  int index;
  const reply *reply; /* NULL where there is no record */
  uint8_t offsets[MAX_FIELDS];
  uint8_t payload[MAX_MESSAGE - REPLY_HEADER];
} answer;

struct chrony_session_t {
  int fd;
  bool awaiting;        /* a request was sent and not answered */
  const report *asked;  /* what was sent last: the wanted report, the count or a look-up */
  const report *wanted; /* what the caller asked for */
  int index;            /* of the record that the caller asked for */
  uint32_t sequence;    /* of the request sent last */
  int n_records;
  answer record;
  char text[ADDRESS_TEXT];
  uint32_t random[RANDOM_POOL];
  int random_left;
};

#endif

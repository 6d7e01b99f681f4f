/* What a connection remembers. One file for each concern: connection.c opens and closes,
   exchange.c asks and waits, record.c copies the record out of libchrony. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <chrony.h>
#include <stdbool.h>

#include "binding.h"

#define NANOSECONDS 1000000000

/* How long a call waits at the most before Python may look at signals; also how long the first
   request is given before it is sent again. */
#define SLICE (50 * (int64_t)1000000)

struct pychrony_connection {
  pychrony_failure failure;
  pychrony_layout *layouts;
  int n_layouts;

  char *address;
  int fd;                  /* -1 while it could not be opened again */
  chrony_session *session; /* NULL likewise */
  bool settled;            /* nothing is under way: no late answer can come */
  int64_t receive_timeout; /* what SO_RCVTIMEO is set to */

  const char *report; /* the exchange under way */
  int record;
  bool sent;
  bool reopened;
  int64_t patience; /* how long the next request will be given */
  int64_t resend_at;
};

/* Open the socket and make a session; the old ones are closed first. 0, or -1 with errno set. */
int connection_reopen(pychrony_connection *c);

/* Forget whatever an exchange that was given up may still bring. 0, or -1 with errno set. */
int connection_settle(pychrony_connection *c);

/* Let receiving block for that long, in nanoseconds. */
void connection_set_receive_timeout(pychrony_connection *c, int64_t timeout);

/* Copy the record at hand to its layout's bytes. The layout's number, or PYCHRONY_FAILED. */
int record_copy(pychrony_connection *c);
void record_free_layouts(pychrony_connection *c);

#endif

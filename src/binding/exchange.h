/* The exchange as a step machine. Nothing in it waits: the sockets are non-blocking. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "connection.h"

/* The exchange is not over, and there is more to do in this step. */
enum { GO_ON = 0 };

/* Begin an exchange, and send nothing yet. GO_ON, or PYCHRONY_FAILED. */
int exchange_begin(pychrony_connection *c, pychrony_operation operation, int report, int record);

/* Send and receive what can be sent and received now, at the time `now`. Once the exchange is over,
   what it came to, as binding.h says. */
int exchange_step(pychrony_connection *c, int64_t now, int64_t deadline);

/* The rest is for list.c. The session of a request. */
chrony_session *exchange_session(const pychrony_connection *c, const request *q);

/* Note why the exchange failed. PYCHRONY_FAILED. */
int exchange_fail(pychrony_connection *c, chrony_err error, int system_error);

/* Forget the requests in flight, or the first of them, which is answered. */
void exchange_forget_requests(pychrony_connection *c);
void exchange_drop_first_request(pychrony_connection *c);

#endif

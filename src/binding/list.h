/* How a list is read: what each of its steps asks for, and what becomes of the answer. exchange.c
   has the rest of an exchange. */
#ifndef LIST_H
#define LIST_H

#include "exchange.h"

/* Go back to the first step, with no records. */
void list_start(pychrony_connection *c);

/* Begin the list again, for it is not the one any more that was counted. Sources come and go as
   their names are resolved, and chronyd may be another one now. */
int restart_list(pychrony_connection *c);

/* Whether the exchange is for a list: the records of a report, or clients. */
bool list_is_wanted(const struct exchange *x);

/* Whether a request is for the number of records. The first of a list is, and the last. */
bool list_asks_count(const struct exchange *x, const request *q);

/* Whether it is for the first record once more, after all others. Where chronyd was restarted
   meanwhile, its source is another one, and over UDP nothing else may tell. */
bool list_checks_first(const struct exchange *x, const request *q);

/* The index of the record that a request is for. */
int list_index_of(const struct exchange *x, const request *q);

/* Take the answer to the first request in flight. It is the number of records, or the address that
   the first record has by now, or some clients. */
int list_accept_count(pychrony_connection *c, const request *q);
int list_accept_check(pychrony_connection *c, const char *address);
int list_accept_clients(pychrony_connection *c);

#endif

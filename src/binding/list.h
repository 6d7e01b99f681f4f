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

/* Whether it is for the name of a source. */
bool list_asks_name(const struct exchange *x, const request *q);

/* The index of the record that a request is for. */
int list_index_of(const struct exchange *x, const request *q);

/* The step after that one. Sources without an address are not asked about. */
int list_step_after(const pychrony_connection *c, int step);

/* Go on with the names, where all else is read and they are wanted. */
void list_begin_names(pychrony_connection *c);

/* Send a request for a source's name. */
chrony_err list_send_name(pychrony_connection *c, request *q);

/* Receive one datagram, which may have the name. A source has none where chronyd refuses. */
chrony_err list_receive_name(pychrony_connection *c, request *q);

/* Take the answer to the first request in flight. It is the number of records, or the address that
   the first record has by now, or a record, or some clients. */
int list_accept_count(pychrony_connection *c, const request *q);
int list_accept_check(pychrony_connection *c, const char *address);
int list_accept_record(pychrony_connection *c, const request *q);
int list_accept_clients(pychrony_connection *c);

#endif

/* How a list is read: what each of its steps asks for, and what becomes of the answer. exchange.c
   has the rest of an exchange. */
#ifndef LIST_H
#define LIST_H

#include "connection.h"

/* Between these two files only: the exchange goes on. */
enum { GO_ON = 0 };

/* Go back to the first step, with no records. */
void list_start(pychrony_connection *c);

/* The list is not the one any more that was counted: sources come and go as their names are
   resolved, and chronyd may be another one now. */
int restart_list(pychrony_connection *c);

/* Whether the exchange is for a list: the records of a report, or clients. */
bool list_is_wanted(const pychrony_connection *c);

/* Whether a request is for the number of records: the first of a list, and the last. */
bool list_asks_count(const pychrony_connection *c, const request *q);

/* Whether it is for the first record once more, after all: its source is another one where
   chronyd was restarted meanwhile, and over UDP nothing else may tell. */
bool list_checks_first(const pychrony_connection *c, const request *q);

/* The index of the record that a request is for. */
int list_index_of(const pychrony_connection *c, const request *q);

/* Take the answer to the first request: the number of records; the address that the first record
   has when it is looked at again; or some clients. */
int list_accept_count(pychrony_connection *c, const request *q);
int list_accept_check(pychrony_connection *c, const char *address);
int list_accept_clients(pychrony_connection *c);

/* In exchange.c: note why the exchange failed, and forget the first request, which is answered. */
int exchange_fail(pychrony_connection *c, chrony_err error, int system_error);
void exchange_drop_first_request(pychrony_connection *c);

#endif

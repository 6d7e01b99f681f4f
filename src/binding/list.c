#define _DEFAULT_SOURCE
#include "list.h"

#include <string.h>

void list_start(pychrony_connection *c) {
  record_clear_list(c);
  c->next_step = c->last_step = 0;
  c->clients.next = 0;
  c->waiting_since = 0;
}

int list_begin_again(pychrony_connection *c) {
  if (++c->attempts > PYCHRONY_MAX_ATTEMPTS) return PYCHRONY_CHANGED;
  connection_forget_questions(c);
  list_start(c);
  return GO_ON;
}

bool list_is_wanted(const pychrony_connection *c) {
  return c->operation == READ_LIST || c->operation == READ_CLIENTS;
}

bool list_asks_count(const pychrony_connection *c, const question *q) {
  return c->operation == READ_LIST && (q->step == 0 || q->step == c->last_step);
}

bool list_looks_again(const pychrony_connection *c, const question *q) {
  return c->operation == READ_LIST && q->step > c->n_counted && !list_asks_count(c, q);
}

int list_index_of(const pychrony_connection *c, const question *q) {
  if (c->operation != READ_LIST) return c->record;
  return list_looks_again(c, q) ? 0 : q->step - 1;
}

int list_accept_count(pychrony_connection *c, const question *q) {
  int count = chrony_get_report_number_records(q->session);
  bool counted = c->last_step > 0;

  if (count < 0 || count > PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
  if (counted && count != c->n_counted) return list_begin_again(c);
  if (!counted) {
    bool over_udp = c->address[0] != '/';
    c->n_counted = count;
    c->last_step = count + (count > 0 && over_udp && !c->is_single ? 2 : 1);
  }
  exchange_drop_first_question(c);
  return GO_ON;
}

int list_accept_second_look(pychrony_connection *c, const char *address) {
  if (strcmp(address, c->first_address) != 0) return list_begin_again(c);
  exchange_drop_first_question(c);
  return GO_ON;
}

/* The clients move to other indexes when chronyd's table grows. */
int list_accept_clients(pychrony_connection *c) {
  client found;

  if (c->clients.changed) return list_begin_again(c);
  for (int i = 0; i < c->clients.n_clients; i++) {
    if (!clients_read(&c->clients, i, &found)) continue;
    if (c->list.n_records == PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
    if (!record_append_client(c, &found)) return exchange_fail(c, CHRONY_NO_MEMORY, 0);
  }
  exchange_drop_first_question(c);
  /* A server may have nothing to tell, again and again. */
  if (c->last_step == PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
  if (clients_has_more(&c->clients)) c->last_step++;
  return GO_ON;
}

#define _DEFAULT_SOURCE
#include "list.h"

#include <string.h>

#include "records.h"

void list_start(pychrony_connection *c) {
  records_clear_list(c);
  c->exchange.next_step = c->exchange.last_step = 0;
  c->exchange.clients.next = 0;
  c->exchange.waiting_since = 0;
}

int restart_list(pychrony_connection *c) {
  if (++c->exchange.attempts > PYCHRONY_MAX_ATTEMPTS) return PYCHRONY_CHANGED;
  exchange_forget_requests(c);
  list_start(c);
  return GO_ON;
}

bool list_is_wanted(const struct exchange *x) {
  return x->operation == PYCHRONY_LIST || x->operation == PYCHRONY_CLIENTS;
}

bool list_asks_count(const struct exchange *x, const request *q) {
  return x->operation == PYCHRONY_LIST && (q->step == 0 || q->step == x->last_step);
}

bool list_checks_first(const struct exchange *x, const request *q) {
  return x->operation == PYCHRONY_LIST && q->step > x->n_counted && !list_asks_count(x, q);
}

int list_index_of(const struct exchange *x, const request *q) {
  if (x->operation != PYCHRONY_LIST) return x->record;
  return list_checks_first(x, q) ? 0 : q->step - 1;
}

int list_accept_count(pychrony_connection *c, const request *q) {
  struct exchange *x = &c->exchange;
  int count = chrony_get_report_number_records(exchange_session(c, q));
  bool counted = x->last_step > 0;

  if (count < 0 || count > PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
  if (counted && count != x->n_counted) return restart_list(c);
  if (!counted) {
    bool over_udp = c->address[0] != '/';
    x->n_counted = count;
    x->last_step = count + (count > 0 && over_udp && !x->is_single ? 2 : 1);
  }
  exchange_drop_first_request(c);
  return GO_ON;
}

int list_accept_check(pychrony_connection *c, const char *address) {
  if (strcmp(address, c->exchange.first_address) != 0) return restart_list(c);
  exchange_drop_first_request(c);
  return GO_ON;
}

/* The clients move to other indexes when chronyd's table grows. */
int list_accept_clients(pychrony_connection *c) {
  const clients *table = &c->exchange.clients;
  client found;

  if (table->changed) return restart_list(c);
  for (int i = 0; i < table->n_clients; i++) {
    if (!clients_read(table, i, &found)) continue;
    if (c->list.n_records == PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
    if (!records_append_client(c, &found)) return exchange_fail(c, CHRONY_NO_MEMORY, 0);
  }
  exchange_drop_first_request(c);
  /* A server may have nothing to tell, again and again. */
  if (c->exchange.last_step == PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
  if (clients_has_more(table)) c->exchange.last_step++;
  return GO_ON;
}

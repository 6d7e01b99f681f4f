#define _DEFAULT_SOURCE
#include "list.h"

#include <string.h>

void list_start(pychrony_connection *c) {
  records_clear_list(c);
  c->next_step = c->last_step = 0;
  c->clients.next = 0;
  c->waiting_since = 0;
}

int restart_list(pychrony_connection *c) {
  if (++c->attempts > PYCHRONY_MAX_ATTEMPTS) return PYCHRONY_CHANGED;
  exchange_forget_requests(c);
  list_start(c);
  return GO_ON;
}

bool list_is_wanted(const pychrony_connection *c) {
  return c->operation == READ_LIST || c->operation == READ_CLIENTS;
}

bool list_asks_count(const pychrony_connection *c, const request *q) {
  return c->operation == READ_LIST && (q->step == 0 || q->step == c->last_step);
}

bool list_checks_first(const pychrony_connection *c, const request *q) {
  return c->operation == READ_LIST && q->step > c->n_counted && !list_asks_count(c, q);
}

int list_index_of(const pychrony_connection *c, const request *q) {
  if (c->operation != READ_LIST) return c->record;
  return list_checks_first(c, q) ? 0 : q->step - 1;
}

int list_accept_count(pychrony_connection *c, const request *q) {
  int count = chrony_get_report_number_records(q->session);
  bool counted = c->last_step > 0;

  if (count < 0 || count > PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
  if (counted && count != c->n_counted) return restart_list(c);
  if (!counted) {
    bool over_udp = c->address[0] != '/';
    c->n_counted = count;
    c->last_step = count + (count > 0 && over_udp && !c->is_single ? 2 : 1);
  }
  exchange_drop_first_request(c);
  return GO_ON;
}

int list_accept_check(pychrony_connection *c, const char *address) {
  if (strcmp(address, c->first_address) != 0) return restart_list(c);
  exchange_drop_first_request(c);
  return GO_ON;
}

/* The clients move to other indexes when chronyd's table grows. */
int list_accept_clients(pychrony_connection *c) {
  client found;

  if (c->clients.changed) return restart_list(c);
  for (int i = 0; i < c->clients.n_clients; i++) {
    if (!clients_read(&c->clients, i, &found)) continue;
    if (c->list.n_records == PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
    if (!records_append_client(c, &found)) return exchange_fail(c, CHRONY_NO_MEMORY, 0);
  }
  exchange_drop_first_request(c);
  /* A server may have nothing to tell, again and again. */
  if (c->last_step == PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
  if (clients_has_more(&c->clients)) c->last_step++;
  return GO_ON;
}

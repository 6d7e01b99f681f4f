#define _DEFAULT_SOURCE
#include "list.h"

#include <string.h>

#include "names.h"
#include "records.h"

void list_start(pychrony_connection *c) {
  records_clear_list(c);
  names_clear(c);
  c->exchange.next_step = c->exchange.last_step = c->exchange.recount_step = 0;
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
  return x->operation == PYCHRONY_LIST && (q->step == 0 || q->step == x->recount_step);
}

bool list_checks_first(const struct exchange *x, const request *q) {
  return x->operation == PYCHRONY_LIST && q->step > x->n_counted && q->step < x->recount_step;
}

static bool is_of_name(const struct exchange *x, int step) {
  return x->recount_step > 0 && step > x->recount_step;
}

bool list_asks_name(const struct exchange *x, const request *q) { return is_of_name(x, q->step); }

int list_index_of(const struct exchange *x, const request *q) {
  if (x->operation != PYCHRONY_LIST) return x->record;
  return list_checks_first(x, q) ? 0 : q->step - 1;
}

/* The source whose name a step is for. */
static named_source *source_of(const pychrony_connection *c, int step) {
  return &c->sources[step - c->exchange.recount_step - 1];
}

int list_step_after(const pychrony_connection *c, int step) {
  const struct exchange *x = &c->exchange;

  do
    step++;
  while (step <= x->last_step && is_of_name(x, step) && !source_of(c, step)->has_address);
  return step;
}

void list_begin_names(pychrony_connection *c) {
  struct exchange *x = &c->exchange;

  if (!x->with_names || x->last_step > x->recount_step) return;
  x->last_step += c->n_sources;
  x->next_step = list_step_after(c, x->recount_step);
}

chrony_err list_send_name(pychrony_connection *c, request *q) {
  return source_name_send(&q->for_name, c->fd, source_of(c, q->step)->address);
}

chrony_err list_receive_name(pychrony_connection *c, request *q) {
  named_source *source = source_of(c, q->step);
  chrony_err error = source_name_receive(&q->for_name, c->fd, source->name);

  switch (error) {
    case CHRONY_OK: source->has_name = !q->for_name.awaited; return CHRONY_OK;
    case CHRONY_OLD_SERVER: /* it knows no names: ask no more */
      c->exchange.last_step = c->exchange.next_step - 1;
      return CHRONY_OK;
    case CHRONY_UNEXPECTED_STATUS: /* the source has gone meanwhile */
    case CHRONY_DISABLED: return CHRONY_OK;
    default: return error;
  }
}

int list_accept_count(pychrony_connection *c, const request *q) {
  struct exchange *x = &c->exchange;
  int count = chrony_get_report_number_records(exchange_session(c, q));
  bool counted = x->recount_step > 0;

  if (count < 0 || count > PYCHRONY_MAX_RECORDS) return PYCHRONY_TOO_MANY;
  if (counted && count != x->n_counted) return restart_list(c);
  if (!counted) {
    bool over_udp = c->address[0] != '/';
    x->n_counted = count;
    x->recount_step = count + (count > 0 && over_udp && !x->is_single ? 2 : 1);
    x->last_step = x->recount_step;
  }
  exchange_drop_first_request(c);
  return GO_ON;
}

int list_accept_check(pychrony_connection *c, const char *address) {
  if (strcmp(address, c->exchange.first_address) != 0) return restart_list(c);
  exchange_drop_first_request(c);
  return GO_ON;
}

int list_accept_record(pychrony_connection *c, const request *q) {
  struct exchange *x = &c->exchange;
  chrony_session *session = exchange_session(c, q);
  char address[SOURCE_ADDRESS_SIZE] = "";

  if (x->by_address)
    memcpy(address, q->address, sizeof address);
  else if (q->step == 1 || x->with_names || list_checks_first(x, q))
    records_copy_address(session, address);
  if (list_checks_first(x, q)) return list_accept_check(c, address);
  if (q->step == 1) memcpy(x->first_address, address, sizeof address);
  if (records_append(c, session, x->by_address ? address : NULL) < 0 ||
      (x->with_names && !names_append(c, address)))
    return exchange_fail(c, CHRONY_NO_MEMORY, 0);
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

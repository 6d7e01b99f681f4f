#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "list.h"

int exchange_fail(pychrony_connection *c, chrony_err error, int system_error) {
  c->failure.error = (int)error;
  c->failure.system_error = system_error;
  return PYCHRONY_FAILED;
}

/* Not a failure of the connection: a full queue, a signal, or time that ran out. */
static bool is_passing(int system_error) {
  return system_error == EAGAIN || system_error == EWOULDBLOCK || system_error == EINTR;
}

static request *first_request(pychrony_connection *c) { return &c->requests[c->first]; }

/* Where the next request goes. */
static request *free_request(pychrony_connection *c) {
  return &c->requests[(c->first + c->n_in_flight) % MAX_IN_FLIGHT];
}

void exchange_drop_first_request(pychrony_connection *c) {
  c->first = (c->first + 1) % MAX_IN_FLIGHT;
  c->n_in_flight--;
}

/* Its answer has led to another request on its session, which is the last one now. */
static void move_first_request_back(pychrony_connection *c) {
  request *from = first_request(c), *to = free_request(c), moved = *from;

  *from = *to;
  *to = moved;
  c->first = (c->first + 1) % MAX_IN_FLIGHT;
}

/* Go back to the first step without an answer, and from here on have one request in flight at a
   time. */
static void rewind_requests(pychrony_connection *c) {
  for (int i = 0; i < c->n_in_flight; i++) {
    int step = c->requests[(c->first + i) % MAX_IN_FLIGHT].step;
    if (step < c->next_step) c->next_step = step;
  }
  exchange_forget_requests(c);
  c->max_in_flight = 1;
  c->waiting_since = 0;
}

/* An answer was lost. The first time in a list that begins the list again, for chronyd may have
   been restarted; after that, the way is a lossy one. */
static int on_lost_answer(pychrony_connection *c) {
  bool first_time = list_is_wanted(c) && c->max_in_flight > 1;

  c->counts.lost++;
  rewind_requests(c);
  return first_time ? restart_list(c) : GO_ON;
}

/* Sending failed. Where chronyd was restarted, its Unix socket is another one now, and an error of
   an earlier datagram may be waiting on a UDP socket: open anew, but once only. */
static int handle_send_error(pychrony_connection *c) {
  int system_error = errno;

  rewind_requests(c);
  if (is_passing(system_error)) return PYCHRONY_AGAIN;
  if (c->reopened) return exchange_fail(c, CHRONY_SEND_FAILED, system_error);
  c->reopened = true;
  if (transport_reopen(c) != 0) return exchange_fail(c, CHRONY_SEND_FAILED, errno);
  return list_is_wanted(c) ? restart_list(c) : GO_ON;
}

static chrony_err send_request(pychrony_connection *c, request *q) {
  chrony_err error;

  q->sent_at = wait_now();
  if (c->operation == READ_NAME) return source_name_send(&c->name, c->fd);
  if (c->operation == READ_CLIENTS) return clients_send(&c->clients, c->fd);
  if (q->session == NULL) {
    error = chrony_init_session(&q->session, c->fd);
    if (error != CHRONY_OK) {
      q->session = NULL; /* whatever the library left there */
      return error;
    }
  }
  if (list_asks_count(c, q)) return chrony_request_report_number_records(q->session, c->report);
  /* Names of reports that live forever, as libchrony 0.2 needs. */
  if (!c->by_address) return chrony_request_record(q->session, c->report, list_index_of(c, q));
  if (!q->has_address) return chrony_request_record(q->session, "sourcestats", list_index_of(c, q));
  /* It takes the address from the record at hand, by way of the text that threads share. */
  records_lock_texts();
  error = chrony_request_record(q->session, c->report, list_index_of(c, q));
  records_unlock_texts();
  return error;
}

static int send_next(pychrony_connection *c) {
  request *q = free_request(c);
  chrony_err error;

  q->step = c->next_step;
  q->has_address = false;
  error = send_request(c, q);
  if (error == CHRONY_SEND_FAILED) return handle_send_error(c);
  if (error != CHRONY_OK) return exchange_fail(c, error, 0);
  c->next_step++;
  c->n_in_flight++;
  c->has_spun = false;
  return GO_ON;
}

/* Send as many requests as may be in flight. */
static int send_requests(pychrony_connection *c) {
  int outcome = GO_ON;

  while (outcome == GO_ON && c->n_in_flight < c->max_in_flight && c->next_step <= c->last_step)
    outcome = send_next(c);
  return outcome;
}

static int accept_record(pychrony_connection *c, request *q) {
  char address[SOURCE_ADDRESS_SIZE];

  if (list_checks_first(c, q)) {
    records_copy_address(q->session, address);
    return list_accept_check(c, address);
  }
  if (c->operation == READ_LIST) {
    if (q->step == 1 && !c->by_address) records_copy_address(q->session, c->first_address);
    if (!records_append(c, q->session, c->by_address ? q->address : NULL))
      return exchange_fail(c, CHRONY_NO_MEMORY, 0);
  } else if (c->operation == READ_RECORD) {
    c->layout = records_copy(c, q->session);
    if (c->layout < 0) return exchange_fail(c, CHRONY_NO_MEMORY, 0);
  }
  exchange_drop_first_request(c);
  return GO_ON;
}

/* Ask what the report is of, now that the address is known. A reference clock has none: that is a
   record of no fields, and not part of a list. */
static int accept_address(pychrony_connection *c, request *q) {
  chrony_err error;

  records_copy_address(q->session, q->address);
  q->has_address = true;
  if (list_checks_first(c, q)) return list_accept_check(c, q->address);
  if (q->step == 1) memcpy(c->first_address, q->address, sizeof c->first_address);
  error = send_request(c, q);
  if (error == CHRONY_SEND_FAILED) return handle_send_error(c);
  if (error != CHRONY_OK) return exchange_fail(c, error, 0);
  if (chrony_needs_response(q->session))
    move_first_request_back(c);
  else if (c->operation == READ_RECORD)
    return accept_record(c, q);
  else
    exchange_drop_first_request(c);
  return GO_ON;
}

static int accept_answer(pychrony_connection *c, request *q) {
  int64_t now = wait_now();

  c->round_trip = now - q->sent_at;
  c->waited = now - c->waiting_since;
  c->rto = 0;
  c->waiting_since = 0;
  c->has_spun = false;
  if (c->operation == READ_CLIENTS) return list_accept_clients(c);
  if (list_asks_count(c, q)) return list_accept_count(c, q);
  if (c->by_address && !q->has_address) return accept_address(c, q);
  return accept_record(c, q);
}

static int64_t choose_rto(const pychrony_connection *c, int64_t left) {
  int64_t usual = 8 * c->round_trip, part = left / FIRST_RTO_PARTS;

  if (c->round_trip == 0) return part < MAX_FIRST_RTO ? part : MAX_FIRST_RTO;
  if (usual < MIN_RTO) return MIN_RTO;
  return usual < MAX_FIRST_RTO ? usual : MAX_FIRST_RTO;
}

/* Note where an answer is lost by now, and choose how long to wait for the next one. */
static int check_rto(pychrony_connection *c, int64_t now, int64_t deadline) {
  int outcome = GO_ON;

  if (c->waiting_since != 0 && now - c->waiting_since >= c->rto) {
    outcome = on_lost_answer(c);
    c->rto = c->rto < MAX_RTO ? c->rto * 2 : MAX_RTO;
  }
  if (c->rto == 0) c->rto = choose_rto(c, deadline - now);
  return outcome;
}

static int handle_error(pychrony_connection *c, chrony_err error) {
  int system_error = errno;
  bool received = error != CHRONY_SEND_FAILED && error != CHRONY_RECV_FAILED;

  if (error == CHRONY_SEND_FAILED) return handle_send_error(c);
  if (!received && is_passing(system_error)) return PYCHRONY_AGAIN;
  /* A record that was counted is not there any more. */
  if (c->operation == READ_LIST && !c->is_single && first_request(c)->step > 0 &&
      error == CHRONY_UNEXPECTED_STATUS)
    return restart_list(c);
  return exchange_fail(c, error, received ? 0 : system_error);
}

/* Receive one datagram; it may be for another request. */
static chrony_err process_datagram(pychrony_connection *c, request *q) {
  switch (c->operation) {
    case READ_NAME: return source_name_receive(&c->name, c->fd);
    case READ_CLIENTS: return clients_receive(&c->clients, c->fd);
    default: return chrony_process_response(q->session);
  }
}

static bool is_awaited(const pychrony_connection *c, const request *q) {
  switch (c->operation) {
    case READ_NAME: return c->name.request.awaited;
    case READ_CLIENTS: return c->clients.request.awaited;
    default: return chrony_needs_response(q->session);
  }
}

/* Receive for as long as is left. */
static int receive(pychrony_connection *c, int64_t left) {
  request *q = first_request(c);
  chrony_err error;

  /* A report that always has one record is counted without a request. */
  if (list_asks_count(c, q) && !chrony_needs_response(q->session)) {
    c->is_single = true;
    return list_accept_count(c, q);
  }
  spin_until_readable(c);
  transport_set_receive_timeout(c, left < SIGNAL_POLL_NS ? left : SIGNAL_POLL_NS);
  error = process_datagram(c, q);
  if (error != CHRONY_OK) return handle_error(c, error);
  if (!is_awaited(c, q)) return accept_answer(c, q);
  return c->n_in_flight > 1 ? on_lost_answer(c) : GO_ON;
}

static int finish(pychrony_connection *c) {
  c->drained = true;
  switch (c->operation) {
    case READ_RECORD: return c->layout;
    case READ_LIST:
    case READ_CLIENTS: return c->list.n_records;
    default: return 0;
  }
}

int pychrony_resume(pychrony_connection *c, int64_t deadline) {
  int64_t now = wait_now(), slice_end = now + SIGNAL_POLL_NS, rto_at;
  int outcome;

  if (c == NULL) return PYCHRONY_FAILED;
  for (; now < deadline; now = wait_now()) {
    outcome = check_rto(c, now, deadline);
    if (outcome == GO_ON) outcome = send_requests(c);
    if (outcome == GO_ON && c->waiting_since == 0) c->waiting_since = now;
    rto_at = c->waiting_since + c->rto;
    if (outcome == GO_ON && c->n_in_flight > 0)
      outcome = receive(c, (rto_at < deadline ? rto_at : deadline) - now);
    if (outcome != GO_ON) return outcome;
    if (c->n_in_flight == 0 && c->next_step > c->last_step) return finish(c);
    if (now >= slice_end) return PYCHRONY_AGAIN;
  }
  return PYCHRONY_TIMED_OUT;
}

static int begin(pychrony_connection *c, operation_kind operation, int64_t deadline) {
  list_start(c);
  if (!c->drained && transport_drain(c) != 0) return exchange_fail(c, CHRONY_SEND_FAILED, errno);
  c->drained = false;
  c->operation = operation;
  c->max_in_flight = MAX_IN_FLIGHT;
  c->attempts = 1;
  c->reopened = c->is_single = false;
  c->rto = 0;
  return pychrony_resume(c, deadline);
}

static void choose_report(pychrony_connection *c, int report) {
  const char *name = chrony_get_report_name(report);

  c->report = name;
  c->by_address = name != NULL && (strcmp(name, "authdata") == 0 || strcmp(name, "ntpdata") == 0);
}

int pychrony_fetch(pychrony_connection *c, int report, int record, int64_t deadline) {
  if (c == NULL) return PYCHRONY_FAILED;
  choose_report(c, report);
  c->record = record;
  return begin(c, READ_RECORD, deadline);
}

int pychrony_fetch_list(pychrony_connection *c, int report, int64_t deadline) {
  if (c == NULL) return PYCHRONY_FAILED;
  choose_report(c, report);
  return begin(c, READ_LIST, deadline);
}

int pychrony_fetch_clients(pychrony_connection *c, int64_t deadline) {
  if (c == NULL) return PYCHRONY_FAILED;
  c->by_address = false;
  return begin(c, READ_CLIENTS, deadline);
}

int pychrony_fetch_source_name(pychrony_connection *c, const char *address, int64_t deadline) {
  if (c == NULL) return PYCHRONY_FAILED;
  c->by_address = false;
  snprintf(c->name.address, sizeof c->name.address, "%s", address);
  return begin(c, READ_NAME, deadline);
}

const char *pychrony_get_source_name(const pychrony_connection *c) { return c->name.name; }

const pychrony_list *pychrony_get_list(const pychrony_connection *c) { return &c->list; }

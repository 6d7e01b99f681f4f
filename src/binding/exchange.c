#define _DEFAULT_SOURCE
#include "exchange.h"

#include <errno.h>
#include <string.h>

#include "list.h"
#include "records.h"
#include "transport.h"

/* The retransmission timer (RTO) says how long an answer is waited for before its request is sent
   again. It doubles each time. While nobody knows how fast this chronyd answers, it is a part of
   the time that is left. The part is small, so that a few lost datagrams cost no answer. It is no
   smaller, because a late answer to an earlier request is not taken any more. */
#define FIRST_RTO_PARTS 8
#define MIN_RTO (50 * MILLISECONDS)
#define MAX_FIRST_RTO (1000 * MILLISECONDS)
#define MAX_RTO (10 * MAX_FIRST_RTO)

int exchange_fail(pychrony_connection *c, chrony_err error, int system_error) {
  c->failure.error = (int)error;
  c->failure.system_error = system_error;
  return PYCHRONY_FAILED;
}

/* Not a failure of the connection: nothing to receive, a full queue, or a signal. */
static bool is_passing(int system_error) {
  return system_error == EAGAIN || system_error == EWOULDBLOCK || system_error == EINTR;
}

static request *first_request(struct exchange *x) { return &x->requests[x->first]; }

/* Where the next request goes. */
static request *free_request(struct exchange *x) {
  return &x->requests[(x->first + x->n_in_flight) % MAX_IN_FLIGHT];
}

chrony_session *exchange_session(const pychrony_connection *c, const request *q) {
  return c->sessions[q - c->exchange.requests];
}

void exchange_forget_requests(pychrony_connection *c) {
  transport_free_sessions(c);
  c->exchange.first = c->exchange.n_in_flight = 0;
}

void exchange_drop_first_request(pychrony_connection *c) {
  c->exchange.first = (c->exchange.first + 1) % MAX_IN_FLIGHT;
  c->exchange.n_in_flight--;
}

/* Its answer has led to another request on its session, which is the last one now. */
static void move_first_request_back(pychrony_connection *c) {
  struct exchange *x = &c->exchange;
  request *from = first_request(x), *to = free_request(x), moved = *from;
  chrony_session **from_session = &c->sessions[from - x->requests];
  chrony_session **to_session = &c->sessions[to - x->requests];
  chrony_session *moved_session = *from_session;

  *from = *to;
  *to = moved;
  *from_session = *to_session;
  *to_session = moved_session;
  x->first = (x->first + 1) % MAX_IN_FLIGHT;
}

/* Go back to the first step without an answer, and from here on have one request in flight at a
   time. */
static void rewind_requests(pychrony_connection *c) {
  struct exchange *x = &c->exchange;

  for (int i = 0; i < x->n_in_flight; i++) {
    int step = x->requests[(x->first + i) % MAX_IN_FLIGHT].step;
    if (step < x->next_step) x->next_step = step;
  }
  exchange_forget_requests(c);
  x->max_in_flight = 1;
  x->waiting_since = 0;
}

/* The first time in a list an answer is lost, the list is restarted, for chronyd may have been.
   After that, the way is a lossy one. A name alone is asked for again. */
static int on_lost_answer(pychrony_connection *c) {
  struct exchange *x = &c->exchange;
  bool restarts =
      list_is_wanted(x) && x->max_in_flight > 1 && !list_asks_name(x, first_request(x));

  c->counts.lost++;
  rewind_requests(c);
  return restarts ? restart_list(c) : GO_ON;
}

/* Where chronyd was restarted, its Unix socket is another one now. On a UDP socket an error of an
   earlier datagram may be waiting. Open anew, but once only. */
static int handle_send_error(pychrony_connection *c, int system_error) {
  rewind_requests(c);
  if (is_passing(system_error)) return PYCHRONY_WANTS_WRITE;
  if (c->exchange.reopened) return exchange_fail(c, CHRONY_SEND_FAILED, system_error);
  c->exchange.reopened = true;
  if (transport_reopen(c) != 0) return exchange_fail(c, CHRONY_SEND_FAILED, errno);
  return list_is_wanted(&c->exchange) ? restart_list(c) : GO_ON;
}

/* The session for a request. */
static chrony_err open_session(pychrony_connection *c, const request *q, chrony_session **session) {
  chrony_err error = CHRONY_OK;

  *session = exchange_session(c, q);
  if (*session == NULL) error = chrony_init_session(session, c->fd);
  if (error == CHRONY_OK) c->sessions[q - c->exchange.requests] = *session;
  return error; /* whatever the library left there is forgotten */
}

static chrony_err send_to_session(pychrony_connection *c, const request *q) {
  struct exchange *x = &c->exchange;
  int index = list_index_of(x, q);
  chrony_session *session;
  chrony_err error = open_session(c, q, &session);

  if (error != CHRONY_OK) return error;
  if (list_asks_count(x, q)) return chrony_request_report_number_records(session, x->report);
  /* Names of reports that live forever, as libchrony 0.2 needs. */
  if (!x->by_address) return chrony_request_record(session, x->report, index);
  if (!q->has_address) return chrony_request_record(session, "sourcestats", index);
  /* It takes the address from the record at hand, by way of the text that threads share. */
  records_lock_texts();
  error = chrony_request_record(session, x->report, index);
  records_unlock_texts();
  return error;
}

static chrony_err send_request(pychrony_connection *c, request *q, int64_t now) {
  q->sent_at = now;
  if (c->exchange.operation == PYCHRONY_CLIENTS) return clients_send(&c->exchange.clients, c->fd);
  return list_asks_name(&c->exchange, q) ? list_send_name(c, q) : send_to_session(c, q);
}

static int send_next(pychrony_connection *c, int64_t now) {
  struct exchange *x = &c->exchange;
  request *q = free_request(x);
  chrony_err error;

  q->step = x->next_step;
  q->has_address = false;
  error = send_request(c, q, now);
  if (error == CHRONY_SEND_FAILED) {
    int system_error = errno;
    /* Answers to the others will make room. */
    if (is_passing(system_error) && x->n_in_flight > 0) return PYCHRONY_WANTS_READ;
    return handle_send_error(c, system_error);
  }
  if (error != CHRONY_OK) return exchange_fail(c, error, 0);
  x->next_step = list_step_after(c, q->step);
  x->n_in_flight++;
  x->has_spun = false;
  return GO_ON;
}

static bool is_over(const struct exchange *x) {
  return x->n_in_flight == 0 && x->next_step > x->last_step;
}

/* Send as many requests as may be in flight. GO_ON: some are, or the exchange is over. */
static int send_requests(pychrony_connection *c, int64_t now, int64_t deadline) {
  struct exchange *x = &c->exchange;
  int outcome = GO_ON;

  if (is_over(x)) list_begin_names(c);
  if (x->n_in_flight == 0 && !is_over(x) && now >= deadline) return PYCHRONY_TIMED_OUT;
  while (outcome == GO_ON && x->n_in_flight < x->max_in_flight && x->next_step <= x->last_step &&
         now < deadline)
    outcome = send_next(c, now);
  if (outcome == PYCHRONY_WANTS_READ) outcome = GO_ON;
  if (outcome == GO_ON && x->waiting_since == 0) x->waiting_since = now;
  return outcome;
}

static int accept_record(pychrony_connection *c, const request *q) {
  struct exchange *x = &c->exchange;

  if (x->operation == PYCHRONY_LIST) return list_accept_record(c, q);
  x->layout = records_copy(c, exchange_session(c, q));
  if (x->layout < 0) return exchange_fail(c, CHRONY_NO_MEMORY, 0);
  exchange_drop_first_request(c);
  return GO_ON;
}

/* Ask what the report is of, now that the address is known. A reference clock has none: that is a
   record of no fields, and not part of a list. */
static int accept_address(pychrony_connection *c, request *q, int64_t now) {
  struct exchange *x = &c->exchange;
  chrony_session *session = exchange_session(c, q);
  chrony_err error;

  records_copy_address(session, q->address);
  q->has_address = true;
  if (list_checks_first(x, q)) return list_accept_check(c, q->address);
  if (q->step == 1) memcpy(x->first_address, q->address, sizeof x->first_address);
  error = send_request(c, q, now);
  if (error == CHRONY_SEND_FAILED) return handle_send_error(c, errno);
  if (error != CHRONY_OK) return exchange_fail(c, error, 0);
  if (chrony_needs_response(session))
    move_first_request_back(c);
  else if (x->operation == PYCHRONY_RECORD)
    return accept_record(c, q);
  else
    exchange_drop_first_request(c);
  return GO_ON;
}

static int accept_answer(pychrony_connection *c, request *q, int64_t now) {
  struct exchange *x = &c->exchange;

  c->has_answered = true;
  c->round_trip = now - q->sent_at;
  c->waited = now - x->waiting_since;
  x->rto = 0;
  x->waiting_since = 0;
  x->has_spun = false;
  if (x->operation == PYCHRONY_CLIENTS) return list_accept_clients(c);
  if (list_asks_name(x, q)) {
    exchange_drop_first_request(c);
    return GO_ON;
  }
  if (list_asks_count(x, q)) return list_accept_count(c, q);
  if (x->by_address && !q->has_address) return accept_address(c, q, now);
  return accept_record(c, q);
}

static int64_t choose_rto(const pychrony_connection *c, int64_t left) {
  int64_t usual = 8 * c->round_trip, part = left / FIRST_RTO_PARTS + 1;

  if (!c->has_answered) return part < MAX_FIRST_RTO ? part : MAX_FIRST_RTO;
  if (usual < MIN_RTO) return MIN_RTO;
  return usual < MAX_FIRST_RTO ? usual : MAX_FIRST_RTO;
}

/* Look at the time. PYCHRONY_WANTS_READ, or what follows where an answer is lost by now. */
static int check_rto(pychrony_connection *c, int64_t now, int64_t deadline) {
  struct exchange *x = &c->exchange;

  if (now >= deadline) return PYCHRONY_TIMED_OUT;
  if (x->rto == 0) x->rto = choose_rto(c, deadline - now);
  if (x->waiting_since != 0 && now - x->waiting_since >= x->rto) {
    x->rto = x->rto < MAX_RTO ? x->rto * 2 : MAX_RTO;
    return on_lost_answer(c);
  }
  if (x->rto < deadline - x->waiting_since) x->wake_at = x->waiting_since + x->rto;
  return PYCHRONY_WANTS_READ;
}

static int handle_error(pychrony_connection *c, chrony_err error, int system_error) {
  struct exchange *x = &c->exchange;

  if (error == CHRONY_SEND_FAILED) return handle_send_error(c, system_error);
  if (error == CHRONY_RECV_FAILED)
    return is_passing(system_error) ? PYCHRONY_WANTS_READ : exchange_fail(c, error, system_error);
  /* A record that was counted is not there any more. */
  if (x->operation == PYCHRONY_LIST && !x->is_single && first_request(x)->step > 0 &&
      error == CHRONY_UNEXPECTED_STATUS)
    return restart_list(c);
  return exchange_fail(c, error, 0);
}

/* Receive one datagram; it may be for another request. */
static chrony_err receive_datagram(pychrony_connection *c, request *q) {
  struct exchange *x = &c->exchange;

  if (x->operation == PYCHRONY_CLIENTS) return clients_receive(&x->clients, c->fd);
  if (list_asks_name(x, q)) return list_receive_name(c, q);
  return chrony_process_response(exchange_session(c, q));
}

static bool is_awaited(const pychrony_connection *c, const request *q) {
  const struct exchange *x = &c->exchange;

  if (x->operation == PYCHRONY_CLIENTS) return x->clients.request.awaited;
  if (list_asks_name(x, q)) return q->for_name.awaited;
  return chrony_needs_response(exchange_session(c, q));
}

/* Receive an answer to the first request, if one is there. */
static int receive(pychrony_connection *c, int64_t now) {
  struct exchange *x = &c->exchange;
  request *q = first_request(x);
  chrony_err error;

  /* A report that always has one record is counted without a request. */
  if (list_asks_count(x, q) && !is_awaited(c, q)) {
    x->is_single = true;
    return list_accept_count(c, q);
  }
  if (x->sends_only) return PYCHRONY_WANTS_READ;
  error = receive_datagram(c, q);
  if (error != CHRONY_OK) return handle_error(c, error, errno);
  if (!is_awaited(c, q)) return accept_answer(c, q, now);
  return x->n_in_flight > 1 ? on_lost_answer(c) : GO_ON;
}

static int finish(pychrony_connection *c) {
  c->is_drained = true;
  return c->exchange.operation == PYCHRONY_RECORD ? c->exchange.layout : c->list.n_records;
}

int exchange_step(pychrony_connection *c, int64_t now, int64_t deadline) {
  int outcome;

  c->exchange.wake_at = deadline;
  for (int i = 0; i <= MAX_DATAGRAMS; i++) {
    outcome = send_requests(c, now, deadline);
    if (outcome == GO_ON && is_over(&c->exchange)) return finish(c);
    if (outcome == GO_ON && i < MAX_DATAGRAMS) outcome = receive(c, now);
    if (outcome == PYCHRONY_WANTS_READ) outcome = check_rto(c, now, deadline);
    if (outcome == PYCHRONY_WANTS_WRITE && now >= deadline) outcome = PYCHRONY_TIMED_OUT;
    if (outcome != GO_ON) return outcome;
  }
  /* More may be there. */
  outcome = check_rto(c, now, deadline);
  c->exchange.wake_at = now;
  return outcome == GO_ON ? PYCHRONY_WANTS_READ : outcome;
}

static bool is_by_address(const char *report) {
  return report != NULL && (strcmp(report, "authdata") == 0 || strcmp(report, "ntpdata") == 0);
}

int exchange_begin(pychrony_connection *c, pychrony_operation operation, int report, int record) {
  const char *name = chrony_get_report_name(report);
  bool with_names = operation == PYCHRONY_NAMED_LIST;

  if (c == NULL) return PYCHRONY_FAILED;
  c->exchange = (struct exchange){.operation = with_names ? PYCHRONY_LIST : operation,
                                  .report = name,
                                  .record = record,
                                  .by_address = is_by_address(name),
                                  .with_names = with_names,
                                  .max_in_flight = MAX_IN_FLIGHT,
                                  .attempts = 1};
  list_start(c);
  if (!c->is_drained && transport_drain(c) != 0)
    return exchange_fail(c, CHRONY_SEND_FAILED, errno);
  c->is_drained = false;
  return GO_ON;
}

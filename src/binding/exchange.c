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

static question *first_question(pychrony_connection *c) { return &c->questions[c->first]; }

/* Where the next question goes. */
static question *free_question(pychrony_connection *c) {
  return &c->questions[(c->first + c->n_asked) % AHEAD];
}

void exchange_drop_first_question(pychrony_connection *c) {
  c->first = (c->first + 1) % AHEAD;
  c->n_asked--;
}

/* Its answer has led to another request on its session, which is the last one now. */
static void move_first_question_back(pychrony_connection *c) {
  question *from = first_question(c), *to = free_question(c), moved = *from;

  *from = *to;
  *to = moved;
  c->first = (c->first + 1) % AHEAD;
}

/* An answer was lost, or a question could not be sent: ask again from the first step whose answer
   is wanting, and from here on one at a time. */
static void ask_again(pychrony_connection *c) {
  for (int i = 0; i < c->n_asked; i++) {
    int step = c->questions[(c->first + i) % AHEAD].step;
    if (step < c->next_step) c->next_step = step;
  }
  connection_forget_questions(c);
  c->n_ahead = 1;
  c->waiting_since = 0;
}

/* An answer was lost. The first time in a list that begins the list again, for chronyd may have
   been restarted; after that, the way is a lossy one. */
static int lose_answer(pychrony_connection *c) {
  bool first_time = list_is_wanted(c) && c->n_ahead > 1;

  c->counts.lost++;
  ask_again(c);
  return first_time ? list_begin_again(c) : GO_ON;
}

/* Sending failed. Where chronyd was restarted, its Unix socket is another one now, and an error of
   an earlier datagram may be waiting on a UDP socket: open anew, but once only. */
static int mend_sending(pychrony_connection *c) {
  int system_error = errno;

  ask_again(c);
  if (is_passing(system_error)) return PYCHRONY_AGAIN;
  if (c->reopened) return exchange_fail(c, CHRONY_SEND_FAILED, system_error);
  c->reopened = true;
  if (connection_reopen(c) != 0) return exchange_fail(c, CHRONY_SEND_FAILED, errno);
  return list_is_wanted(c) ? list_begin_again(c) : GO_ON;
}

static chrony_err send_question(pychrony_connection *c, question *q) {
  chrony_err error;

  q->asked_at = wait_now();
  if (c->operation == READ_NAME) return source_name_ask(&c->name, c->fd);
  if (c->operation == READ_CLIENTS) return clients_ask(&c->clients, c->fd);
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
  record_lock_texts();
  error = chrony_request_record(q->session, c->report, list_index_of(c, q));
  record_unlock_texts();
  return error;
}

static int ask_next(pychrony_connection *c) {
  question *q = free_question(c);
  chrony_err error;

  q->step = c->next_step;
  q->has_address = false;
  error = send_question(c, q);
  if (error == CHRONY_SEND_FAILED) return mend_sending(c);
  if (error != CHRONY_OK) return exchange_fail(c, error, 0);
  c->next_step++;
  c->n_asked++;
  c->looked = false;
  return GO_ON;
}

/* Ask as far ahead as is allowed. */
static int ask(pychrony_connection *c) {
  int outcome = GO_ON;

  while (outcome == GO_ON && c->n_asked < c->n_ahead && c->next_step <= c->last_step)
    outcome = ask_next(c);
  return outcome;
}

static int accept_record(pychrony_connection *c, question *q) {
  char address[SOURCE_ADDRESS_SIZE];

  if (list_looks_again(c, q)) {
    record_copy_address(q->session, address);
    return list_accept_second_look(c, address);
  }
  if (c->operation == READ_LIST) {
    if (q->step == 1 && !c->by_address) record_copy_address(q->session, c->first_address);
    if (!record_append(c, q->session, c->by_address ? q->address : NULL))
      return exchange_fail(c, CHRONY_NO_MEMORY, 0);
  } else if (c->operation == READ_RECORD) {
    c->layout = record_copy(c, q->session);
    if (c->layout < 0) return exchange_fail(c, CHRONY_NO_MEMORY, 0);
  }
  exchange_drop_first_question(c);
  return GO_ON;
}

/* Ask what the report is of, now that the address is known. A reference clock has none: that is a
   record of no fields, and not part of a list. */
static int accept_address(pychrony_connection *c, question *q) {
  chrony_err error;

  record_copy_address(q->session, q->address);
  q->has_address = true;
  if (list_looks_again(c, q)) return list_accept_second_look(c, q->address);
  if (q->step == 1) memcpy(c->first_address, q->address, sizeof c->first_address);
  error = send_question(c, q);
  if (error == CHRONY_SEND_FAILED) return mend_sending(c);
  if (error != CHRONY_OK) return exchange_fail(c, error, 0);
  if (chrony_needs_response(q->session))
    move_first_question_back(c);
  else if (c->operation == READ_RECORD)
    return accept_record(c, q);
  else
    exchange_drop_first_question(c);
  return GO_ON;
}

static int accept_answer(pychrony_connection *c, question *q) {
  int64_t now = wait_now();

  c->round_trip = now - q->asked_at;
  c->waited = now - c->waiting_since;
  c->patience = 0;
  c->waiting_since = 0;
  c->looked = false;
  if (c->operation == READ_CLIENTS) return list_accept_clients(c);
  if (list_asks_count(c, q)) return list_accept_count(c, q);
  if (c->by_address && !q->has_address) return accept_address(c, q);
  return accept_record(c, q);
}

static int64_t choose_patience(const pychrony_connection *c, int64_t left) {
  int64_t usual = 8 * c->round_trip, part = left / PARTS_OF_TIME_LEFT;

  if (c->round_trip == 0) return part < MAX_PATIENCE ? part : MAX_PATIENCE;
  if (usual < MIN_PATIENCE) return MIN_PATIENCE;
  return usual < MAX_PATIENCE ? usual : MAX_PATIENCE;
}

/* Note where an answer was waited for long enough, and choose how long the next one is. */
static int mind_patience(pychrony_connection *c, int64_t now, int64_t deadline) {
  int outcome = GO_ON;

  if (c->waiting_since != 0 && now - c->waiting_since >= c->patience) {
    outcome = lose_answer(c);
    c->patience = c->patience < LONGEST_PATIENCE ? c->patience * 2 : LONGEST_PATIENCE;
  }
  if (c->patience == 0) c->patience = choose_patience(c, deadline - now);
  return outcome;
}

static int handle_error(pychrony_connection *c, chrony_err error) {
  int system_error = errno;
  bool received = error != CHRONY_SEND_FAILED && error != CHRONY_RECV_FAILED;

  if (error == CHRONY_SEND_FAILED) return mend_sending(c);
  if (!received && is_passing(system_error)) return PYCHRONY_AGAIN;
  /* A record that was counted is not there any more. */
  if (c->operation == READ_LIST && !c->is_single && first_question(c)->step > 0 &&
      error == CHRONY_UNEXPECTED_STATUS)
    return list_begin_again(c);
  return exchange_fail(c, error, received ? 0 : system_error);
}

/* Receive one datagram; it may be for another request. */
static chrony_err process_datagram(pychrony_connection *c, question *q) {
  switch (c->operation) {
    case READ_NAME: return source_name_hear(&c->name, c->fd);
    case READ_CLIENTS: return clients_hear(&c->clients, c->fd);
    default: return chrony_process_response(q->session);
  }
}

static bool is_awaited(const pychrony_connection *c, const question *q) {
  switch (c->operation) {
    case READ_NAME: return c->name.request.awaited;
    case READ_CLIENTS: return c->clients.request.awaited;
    default: return chrony_needs_response(q->session);
  }
}

/* Receive for as long as is left. */
static int hear(pychrony_connection *c, int64_t left) {
  question *q = first_question(c);
  chrony_err error;

  /* A report that always has one record is counted without being asked for. */
  if (list_asks_count(c, q) && !chrony_needs_response(q->session)) {
    c->is_single = true;
    return list_accept_count(c, q);
  }
  wait_briefly(c);
  connection_set_receive_timeout(c, left < SLICE ? left : SLICE);
  error = process_datagram(c, q);
  if (error != CHRONY_OK) return handle_error(c, error);
  if (!is_awaited(c, q)) return accept_answer(c, q);
  return c->n_asked > 1 ? lose_answer(c) : GO_ON;
}

static int finish(pychrony_connection *c) {
  c->settled = true;
  switch (c->operation) {
    case READ_RECORD: return c->layout;
    case READ_LIST:
    case READ_CLIENTS: return c->list.n_records;
    default: return 0;
  }
}

int pychrony_resume(pychrony_connection *c, int64_t deadline) {
  int64_t now = wait_now(), slice_end = now + SLICE, ask_again_at;
  int outcome;

  if (c == NULL) return PYCHRONY_FAILED;
  for (; now < deadline; now = wait_now()) {
    outcome = mind_patience(c, now, deadline);
    if (outcome == GO_ON) outcome = ask(c);
    if (outcome == GO_ON && c->waiting_since == 0) c->waiting_since = now;
    ask_again_at = c->waiting_since + c->patience;
    if (outcome == GO_ON && c->n_asked > 0)
      outcome = hear(c, (ask_again_at < deadline ? ask_again_at : deadline) - now);
    if (outcome != GO_ON) return outcome;
    if (c->n_asked == 0 && c->next_step > c->last_step) return finish(c);
    if (now >= slice_end) return PYCHRONY_AGAIN;
  }
  return PYCHRONY_TIMED_OUT;
}

static int begin(pychrony_connection *c, operation_kind operation, int64_t deadline) {
  list_start(c);
  if (!c->settled && connection_settle(c) != 0) return exchange_fail(c, CHRONY_SEND_FAILED, errno);
  c->settled = false;
  c->operation = operation;
  c->n_ahead = AHEAD;
  c->attempts = 1;
  c->reopened = c->is_single = false;
  c->patience = 0;
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

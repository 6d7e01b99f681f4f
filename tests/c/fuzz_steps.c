/* Takes the step machine through what a fuzzer's input says: exchanges are begun, datagrams come,
   time passes, the system says no. What must not be ends the program; the sanitizers see to the
   rest.

   An input is a byte, by whose lowest bit the server is asked by UDP or a Unix socket, and then a
   series of events. Each is a byte and what belongs to it. A step is made after each, unless its
   `h` is set:

     000soooo REPORT RECORD UNTIL    begin an exchange of operation o, though one may be under way;
                                     s: its first step only sends
     001ttttt                        let 2^t microseconds pass; from 29 on, until the step is due,
                                     until a moment before, until the deadline
     010heeee TIMES                  that many times a datagram cannot be sent, by errno e
     011heeee TIMES                  ... received
     100heeee TIMES                  ... a socket be opened
     101hxxxx TIMES                  so many datagrams come that answer nothing
     110hsskk [VALUE [VALUE]] AT LENGTH DATA
                                     an answer to one of the requests that have none, less the
                                     first k of them; s: with that status, code, or length. Its
                                     payload has DATA at AT, and zeros else
     111hxxSs LENGTH LENGTH DATA     a datagram; s: with the last request's sequence number, S: with
                                     the rest of an answer's header too

   In the end nothing comes any more, and an exchange that is under way has to end by itself. */
#define _DEFAULT_SOURCE
#include "check_outcome.h"
#include "fuzz.h"
#include "scripted.h"
#include "step.h"

enum { UNTIL_DUE = 29, UNTIL_ALMOST_DUE = 30, UNTIL_DEADLINE = 31 };
enum { HELD = 0x10, N_OPERATIONS = PYCHRONY_NAMED_LIST + 1 };
enum { MOST_DATAGRAMS = 64, MOST_DRAINED = 1000, MOST_SILENT_STEPS = 2000 };

static const int64_t MICROSECOND = 1000, FOREVER = INT64_MAX / 2;

typedef struct {
  pychrony_connection *connection;
  int64_t now, deadline;
  pychrony_operation operation;
  bool under_way;
} fuzzed;

static scripted_socket *socket_of(const fuzzed *f) {
  return scripted_find(pychrony_get_fd(f->connection));
}

/* The exchange goes on. Unless a datagram, or room for one, makes the next step due, time does. */
static void check_wish(const fuzzed *f, int outcome) {
  int64_t wake_at = pychrony_get_wake_at(f->connection);
  bool had_enough = scripted.n_received > MOST_DATAGRAMS / 2; /* not all turns receive something */
  const scripted_socket *s = socket_of(f);

  check(s != NULL, "a socket that is open");
  check(f->now < f->deadline, "an exchange goes on after its deadline");
  check(wake_at <= f->deadline, "a step due after the deadline");
  check(wake_at > f->now || had_enough, "a step due at once");
  check(outcome == PYCHRONY_WANTS_WRITE || !scripted_is_readable(s) || had_enough ||
            scripted.n_failed > 0 || f->connection->exchange.sends_only,
        "something was left to receive");
}

static void take_outcome(fuzzed *f, int outcome) {
  check(scripted.n_received <= MOST_DATAGRAMS, "datagrams in a step");
  check(scripted.n_sent <= 2 * MOST_DATAGRAMS, "requests in a step");
  check(outcome != PYCHRONY_TIMED_OUT || f->now >= f->deadline, "an end before the deadline");
  f->under_way = outcome == PYCHRONY_WANTS_READ || outcome == PYCHRONY_WANTS_WRITE;
  if (f->under_way)
    check_wish(f, outcome);
  else
    check_outcome(f->connection, f->operation, outcome);
}

/* Events. */

static void count_anew(void) { scripted.n_sent = scripted.n_received = scripted.n_failed = 0; }

static void step(fuzzed *f) {
  int outcome;

  if (!f->under_way) return;
  count_anew();
  scripted.may_not_wait = true;
  outcome = exchange_step(f->connection, f->now, f->deadline);
  scripted.may_not_wait = false;
  take_outcome(f, outcome);
}

static int64_t take_deadline(const fuzzed *f, input *in) {
  uint8_t until = take_byte(in);

  return until >= 0x80 ? FOREVER : until == 0 ? f->now : f->now + (MICROSECOND << (until & 31));
}

static void begin(fuzzed *f, pychrony_operation operation, input *in) {
  int report = take_byte(in) % chrony_get_number_supported_reports();
  int record = (int8_t)take_byte(in);

  f->operation = operation;
  f->deadline = take_deadline(f, in);
  scripted_forget_requests(socket_of(f));
  count_anew();
  scripted.may_not_wait = true;
  f->under_way = exchange_begin(f->connection, operation, report, record) == GO_ON;
  scripted.may_not_wait = false;
  check(scripted.n_received <= MOST_DRAINED && scripted.n_sent == 0, "the beginning");
  if (!f->under_way) check_outcome(f->connection, operation, PYCHRONY_FAILED);
}

static void pass_time(fuzzed *f, uint8_t event) {
  int64_t wake_at = pychrony_get_wake_at(f->connection), until;

  switch (event & 31) {
    case UNTIL_DUE: until = wake_at; break;
    case UNTIL_ALMOST_DUE: until = wake_at - 1; break;
    case UNTIL_DEADLINE: until = f->deadline; break;
    default: until = f->now + (MICROSECOND << (event & 31));
  }
  if (until > f->now && until < FOREVER) f->now = until;
}

static void take_event(fuzzed *f, input *in) {
  uint8_t event = take_byte(in);
  bool is_held = event & HELD;

  switch (event >> 5) {
    case 0:
      begin(f, (pychrony_operation)((event & 0xf) % N_OPERATIONS), in);
      f->connection->exchange.sends_only = is_held;
      is_held = false;
      break;
    case 1: pass_time(f, event); is_held = false; break;
    case 2: scripted_set_fault(&scripted.sending, event, in); break;
    case 3: scripted_set_fault(&scripted.receiving, event, in); break;
    case 4: scripted_set_fault(&scripted.opening, event, in); break;
    case 5: scripted_flood(socket_of(f), take_byte(in)); break;
    case 6: scripted_answer(socket_of(f), event, in); break;
    default: scripted_let_come(socket_of(f), event, in);
  }
  if (!is_held) step(f);
  f->connection->exchange.sends_only = false;
}

/* Nothing comes any more, and nothing fails. */
static void end_in_silence(fuzzed *f) {
  int most = f->deadline == FOREVER ? 20 : MOST_SILENT_STEPS;

  scripted.sending.times = scripted.receiving.times = scripted.opening.times = 0;
  for (int i = 0; f->under_way && i < most; i++) {
    int64_t wake_at = pychrony_get_wake_at(f->connection);
    if (wake_at > f->now) f->now = wake_at;
    step(f);
  }
  check(!f->under_way || f->deadline == FOREVER, "an exchange without an end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  fuzzed f = {.connection = pychrony_new(), .now = MICROSECOND};
  const char *address = take_byte(&in) & 1 ? "/nowhere/chronyd.sock" : "192.0.2.1:323";

  scripted_reset();
  check(pychrony_open(f.connection, address) == 0, "opening");
  while (in.left > 0) take_event(&f, &in);
  end_in_silence(&f);
  pychrony_free(f.connection);
  check(scripted_count_open() == 0, "a socket is left");
  return 0;
}

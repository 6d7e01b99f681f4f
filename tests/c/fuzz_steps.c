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
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "scripted.h"
#include "step.h"

enum { UNTIL_DUE = 29, UNTIL_ALMOST_DUE = 30, UNTIL_DEADLINE = 31 };
enum { RIGHT = 0, WITH_STATUS = 1, WITH_CODE = 2, WITH_LENGTH = 3 };
enum { HELD = 0x10, WITH_SEQUENCE = 1, WITH_HEADER = 2 };
enum { MOST_DATAGRAMS = 64, MOST_DRAINED = 1000, MOST_FIELDS = 34, LAST_ERROR = 14 };
enum { N_OPERATIONS = PYCHRONY_NAMED_LIST + 1 };
enum { MOST_SILENT_STEPS = 2000 };

static const int64_t MICROSECOND = 1000, FOREVER = INT64_MAX / 2;

static const int system_errors[] = {EAGAIN,      EINTR,     ECONNREFUSED, ENOBUFS,
                                    EPERM,       EACCES,    ENETUNREACH,  EHOSTUNREACH,
                                    EMFILE,      ENOENT,    ENOTCONN,     ECONNRESET,
                                    EADDRNOTAVAIL, ENOMEM,  EMSGSIZE,     EIO};

/* Of each command, the code and the length of the answer. */
static const struct {
  uint8_t command, code;
  uint16_t length;
} answers[] = {{14, 2, 32},   {15, 3, 76},   {33, 5, 104},  {34, 6, 84},   {35, 7, 56},
               {44, 12, 48},  {51, 13, 52},  {54, 25, 196}, {57, 26, 172}, {65, 19, 284},
               {67, 20, 52},  {68, 21, 520}, {69, 23, 76}};

typedef struct {
  pychrony_connection *connection;
  int64_t now, deadline;
  pychrony_operation operation;
  bool under_way;
} fuzzed;

/* So that all that was read counts, and a sanitizer sees where it is undefined. */
static volatile uint64_t sum;

static void read_bytes(const unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) sum += bytes[i];
}

/* What there is after an exchange. */

static size_t size_of(int type) {
  switch (type) {
    case CHRONY_TYPE_UINTEGER:
    case CHRONY_TYPE_INTEGER:
    case CHRONY_TYPE_FLOAT: return 8;
    case CHRONY_TYPE_TIMESPEC: return 16;
    case CHRONY_TYPE_STRING: return PYCHRONY_TEXT_SIZE;
    default: return 0;
  }
}

/* Read a record. Only what a text's length says of it is there. */
static void read_record(const pychrony_layout *layout, const unsigned char *record) {
  for (int i = 0; i < layout->n_fields; i++) {
    bool is_text = layout->fields[i].type == CHRONY_TYPE_STRING;
    read_bytes(record, is_text ? 1 + (size_t)record[0] : size_of(layout->fields[i].type));
    record += size_of(layout->fields[i].type);
  }
}

static const pychrony_layout *check_layout(const pychrony_connection *c, int number) {
  const pychrony_layout *layout;
  size_t size = 0;

  check(number >= 0 && number < c->layouts->n, "a layout's number");
  layout = pychrony_get_layout(c, number);
  check(layout->n_fields >= 0 && layout->n_fields <= MOST_FIELDS, "the number of fields");
  for (int i = 0; i < layout->n_fields; i++) {
    check(size_of(layout->fields[i].type) > 0, "a field's type");
    check(*layout->fields[i].name != '\0', "a field's name");
    size += size_of(layout->fields[i].type);
  }
  check(size == layout->size, "a record's size");
  return layout;
}

static void check_list(const pychrony_connection *c, int n_records) {
  const pychrony_list *list = pychrony_get_list(c);
  size_t size = 0;

  check(n_records == list->n_records && n_records <= PYCHRONY_MAX_RECORDS, "a list's length");
  for (int i = 0; i < n_records; i++) {
    const pychrony_layout *layout = check_layout(c, list->layouts[i]);
    read_record(layout, list->bytes + size);
    size += layout->size;
    count_record();
  }
  check(size == list->size, "a list's size");
}

static void read_names(const pychrony_connection *c, int n_records) {
  for (int i = -1; i <= n_records; i++) {
    const char *name = pychrony_get_source_name(c, i);
    check(name == NULL || (i >= 0 && i < n_records), "a name of a record that is not there");
    check(name == NULL || strlen(name) < SOURCE_NAME_SIZE, "a name's length");
    if (name != NULL) count_record();
  }
}

static void check_result(const fuzzed *f, int result) {
  const pychrony_connection *c = f->connection;
  const pychrony_layout *layout;

  check(scripted.n_answers > 0, "a result without an answer");
  if (f->operation == PYCHRONY_NAMED_LIST) read_names(c, result);
  if (f->operation != PYCHRONY_RECORD) {
    check_list(c, result);
    return;
  }
  layout = check_layout(c, result);
  read_record(layout, layout->record);
  count_record();
}

static void check_failure(const pychrony_failure *failure) {
  check(failure->error > CHRONY_OK && failure->error <= LAST_ERROR, "a failure's error");
  check(failure->stage <= PYCHRONY_EXCHANGING, "a failure's stage");
}

/* The exchange goes on. Unless a datagram, or room for one, makes the next step due, time does. */
static void check_wish(const fuzzed *f, int outcome) {
  int64_t wake_at = pychrony_get_wake_at(f->connection);
  bool had_enough = scripted.n_received > MOST_DATAGRAMS / 2; /* not all turns receive something */

  check(f->now < f->deadline, "an exchange goes on after its deadline");
  check(wake_at <= f->deadline, "a step due after the deadline");
  check(wake_at > f->now || had_enough, "a step due at once");
  check(outcome == PYCHRONY_WANTS_WRITE || !scripted_is_readable() || had_enough ||
            scripted.n_failed > 0 || f->connection->exchange.sends_only,
        "something was left to receive");
}

static void check_outcome(fuzzed *f, int outcome) {
  check(scripted.n_received <= MOST_DATAGRAMS, "datagrams in a step");
  check(scripted.n_sent <= 2 * MOST_DATAGRAMS, "requests in a step");
  f->under_way = false;
  switch (outcome) {
    case PYCHRONY_WANTS_READ:
    case PYCHRONY_WANTS_WRITE:
      check_wish(f, outcome);
      f->under_way = true;
      break;
    case PYCHRONY_TIMED_OUT: check(f->now >= f->deadline, "an end before the deadline"); break;
    case PYCHRONY_FAILED: check_failure(pychrony_get_failure(f->connection)); break;
    case PYCHRONY_TOO_MANY:
    case PYCHRONY_CHANGED:
      check(f->operation != PYCHRONY_RECORD, "a list");
      break;
    default: check_result(f, outcome);
  }
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
  check_outcome(f, outcome);
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
  scripted.n_requests = scripted.n_unanswered = scripted.n_answers = 0;
  count_anew();
  scripted.may_not_wait = true;
  f->under_way = step_begin(f->connection, operation, report, record) == GO_ON;
  scripted.may_not_wait = false;
  check(scripted.n_received <= MOST_DRAINED && scripted.n_sent == 0, "the beginning");
  if (!f->under_way) check_failure(pychrony_get_failure(f->connection));
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

static void set_fault(scripted_fault *fault, uint8_t event, input *in) {
  fault->system_error = system_errors[event & 0xf];
  fault->times = take_byte(in);
}

/* A request that was not answered yet, the last one where all were. NULL: there is none. */
static const scripted_datagram *get_request(int number) {
  int n = scripted.n_requests, i = n - scripted.n_unanswered + number;

  if (n == 0) return NULL;
  scripted.n_unanswered = i < n ? n - i - 1 : 0;
  return &scripted.requests[i < n ? i : n - 1];
}

static void put_header(uint8_t *to, const uint8_t *asked) {
  memcpy(to, "\x06\x02\0\0", 4);
  memcpy(to + 4, asked + 4, 2);
}

static void put_sequence(uint8_t *to, const uint8_t *asked) { memcpy(to + 16, asked + 8, 4); }

static void answer(uint8_t event, input *in) {
  static const scripted_datagram none = {{0}, 0};
  const scripted_datagram *asked = get_request(event & 3);
  scripted_datagram d = none;
  int kind = event >> 2 & 3;
  uint8_t value = kind == RIGHT ? 0 : take_byte(in), at, code = 0;

  if (asked == NULL) asked = &none;
  put_header(d.bytes, asked->bytes);
  put_sequence(d.bytes, asked->bytes);
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    if (answers[i].command == asked->bytes[5]) {
      code = answers[i].code;
      d.length = answers[i].length;
    }
  d.bytes[7] = kind == WITH_CODE ? value : code;
  if (kind == WITH_STATUS) d.bytes[9] = value;
  if (kind == WITH_LENGTH) d.length = (size_t)(value << 8 | take_byte(in)) % SCRIPTED_DATAGRAM;
  at = take_byte(in);
  take_bytes(in, take_byte(in), d.bytes + SCRIPTED_HEADER + at);
  scripted_queue(d.bytes, d.length);
}

static void let_come(uint8_t event, input *in) {
  int n = scripted.n_requests;
  const scripted_datagram *asked = n == 0 ? NULL : &scripted.requests[n - 1];
  scripted_datagram d = {{0}, 0};
  size_t length = (size_t)take_byte(in) << 8;

  length = (length | take_byte(in)) % SCRIPTED_DATAGRAM;
  d.length = take_bytes(in, length, d.bytes);
  if (asked != NULL && d.length >= SCRIPTED_HEADER) {
    if (event & WITH_HEADER) put_header(d.bytes, asked->bytes);
    if (event & (WITH_HEADER | WITH_SEQUENCE)) put_sequence(d.bytes, asked->bytes);
  }
  scripted_queue(d.bytes, d.length);
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
    case 2: set_fault(&scripted.sending, event, in); break;
    case 3: set_fault(&scripted.receiving, event, in); break;
    case 4: set_fault(&scripted.opening, event, in); break;
    case 5: scripted.flood += take_byte(in); break;
    case 6: answer(event, in); break;
    default: let_come(event, in);
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

  scripted = (scripted_world){.fd = -1};
  check(pychrony_open(f.connection, address) == 0, "opening");
  while (in.left > 0) take_event(&f, &in);
  end_in_silence(&f);
  pychrony_free(f.connection);
  check(!scripted_is_open(), "a socket is left");
  return 0;
}

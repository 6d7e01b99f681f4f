/* Plays datagrams to libchrony and to the readers of sources' names and of clients, as a fuzzer's
   input says, and reads all that the API tells meanwhile. What must not be ends the program; the
   sanitizers see to the rest.

   An input is a series of steps, each a byte and what belongs to it:

     000rrrrr INDEX   ask for a record of report r
     001rrrrr         ask how many records it has
     010aaaaa         ask for the name of the source with address a
     0110xxxx         receive where nothing has come
     0111xxxx         ask for the clients, from where the last answer ended
     1xxxxhps LENGTH LENGTH DATA
                      receive a datagram; s: with the sequence number of the last request, p: of the
                      one before, h: with the rest of the header that an answer to it has */
#define _DEFAULT_SOURCE
#include <chrony.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "read_all.h"

enum {
  DATAGRAM = 2048,
  REQUEST_SEQUENCE_AT = 8,
  REPLY_SEQUENCE_AT = 16,
  SEQUENCE = 4,
  HEADER = 28, /* of a reply, and the least that a request may have */
  LAST_ERROR = 14
};

enum { SOURCE_NAME = 65, CLIENTS = 68, CLIENTS_SIZE = 520 }; /* commands, and a length */

enum { IS_DATAGRAM = 0x80, OF_LAST = 1, OF_ONE_BEFORE = 2, WITH_HEADER = 4 };

typedef struct {
  wire_request request;
  char name[SOURCE_NAME_SIZE];
} name_question;

typedef struct {
  int client, server;
  chrony_session *session;
  name_question name;
  clients table;
  uint8_t last[HEADER], before[HEADER];         /* the starts of the last two requests */
  uint8_t for_report[HEADER], for_name[HEADER], for_clients[HEADER]; /* of each kind's last one */
  uint8_t reply[DATAGRAM];                      /* the one to be heard */
  size_t reply_length;
} conversation;

static const char *const addresses[] = {
    "192.0.2.1", "2001:db8::1", "ID#0000000001", "ID#4294967295",   "ID#4294967296",
    "",          "ID#",         "ID#1x",         "255.255.255.255", "?"};

/* The lengths of answers, by the command and the code of their payload. */
static const struct {
  int command, code;
  size_t length;
} answers[] = {{14, 2, 32},   {15, 3, 76},   {33, 5, 104},  {34, 6, 84},   {35, 7, 56},
               {44, 12, 48},  {51, 13, 52},  {54, 14, 48},  {54, 22, 60},  {54, 24, 72},
               {54, 25, 196}, {57, 16, 152}, {57, 26, 172}, {67, 20, 52},  {69, 23, 76},
               {SOURCE_NAME, 19, 284}, {CLIENTS, 21, CLIENTS_SIZE}};

/* Where a request is kept, by its command. */
static uint8_t *place_of(conversation *c, uint8_t command) {
  return command == SOURCE_NAME ? c->for_name : command == CLIENTS ? c->for_clients : c->for_report;
}

/* Eight clients at the most, all of them, and no counter is reset. */
static void check_clients_request(const uint8_t *data, ssize_t length) {
  static const uint8_t rest[CLIENTS_SIZE - 24] = {0, 0, 0, 8};

  check(length == CLIENTS_SIZE && memcmp(data + 24, rest, sizeof rest) == 0, "a request's rest");
}

/* Take the requests that were sent, and keep the starts of the last ones. */
static void take_requests(conversation *c) {
  uint8_t data[DATAGRAM] = {0};
  ssize_t length;

  while ((length = recv(c->server, data, sizeof data, MSG_DONTWAIT)) >= 0) {
    check(length >= HEADER && data[0] == 6 && data[1] == 1, "a request");
    memcpy(c->before, c->last, HEADER);
    memcpy(c->last, data, HEADER);
    memcpy(place_of(c, data[5]), data, HEADER);
    if (data[5] == CLIENTS) check_clients_request(data, length);
  }
}

static void check_error(chrony_err error) {
  check((int)error >= 0 && (int)error <= LAST_ERROR, "an error's number");
  read_text(chrony_get_error_string(error));
}

static void ask(conversation *c, uint8_t step, input *in) {
  int report = step & 0x1f, n_reports = chrony_get_number_supported_reports();
  const char *name = report < n_reports ? chrony_get_report_name(report) : "no such report";

  if (step >> 5 == 0)
    check_error(chrony_request_record(c->session, name, (int8_t)take_byte(in)));
  else
    check_error(chrony_request_report_number_records(c->session, name));
}

static void ask_name(conversation *c, uint8_t step) {
  const char *text = addresses[(step & 0x1f) % (sizeof addresses / sizeof *addresses)];
  uint8_t address[WIRE_ADDRESS_SIZE];

  c->name.request.awaited = false;
  if (source_name_encode(text, address))
    check_error(source_name_send(&c->name.request, c->client, address));
}

static void ask_clients(conversation *c) {
  c->name.request.awaited = false;
  check_error(clients_send(&c->table, c->client));
}

static bool is_answer(const conversation *c, const uint8_t *request) {
  return c->reply_length >= HEADER && memcmp(c->reply, "\x06\x02\0\0", 4) == 0 &&
         memcmp(c->reply + 4, request + 4, 2) == 0 &&
         memcmp(c->reply + REPLY_SEQUENCE_AT, request + REQUEST_SEQUENCE_AT, SEQUENCE) == 0;
}

/* The shortest answer to a command with that code; 0 where there is none such. */
static size_t shortest(int command, int code) {
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    if (answers[i].command == command && answers[i].code == code) return answers[i].length;
  return 0;
}

/* What is to be made of an answer, as the protocol has it. */
static chrony_err judge(const conversation *c) {
  int command = c->reply[4] << 8 | c->reply[5], code = c->reply[6] << 8 | c->reply[7];
  size_t least = shortest(command, code);
  bool is_own = command == SOURCE_NAME || command == CLIENTS;

  switch (c->reply[8] << 8 | c->reply[9]) {
    case 0: break;
    case 2: return CHRONY_UNAUTHORIZED;
    case 3: return CHRONY_OLD_SERVER;
    case 6:
    case 13: return is_own ? CHRONY_UNEXPECTED_STATUS : CHRONY_DISABLED;
    case 15: return is_own ? CHRONY_DISABLED : CHRONY_UNEXPECTED_STATUS;
    case 18:
    case 19: return is_own ? CHRONY_UNEXPECTED_STATUS : CHRONY_NEW_SERVER;
    default: return CHRONY_UNEXPECTED_STATUS;
  }
  if (least == 0) return CHRONY_NEW_SERVER;
  return c->reply_length < least ? CHRONY_INVALID_RESPONSE : CHRONY_OK;
}

static void hear_name(conversation *c) {
  bool answered = is_answer(c, c->for_name);
  chrony_err error = source_name_receive(&c->name.request, c->client, c->name.name);

  check(error == (answered ? judge(c) : CHRONY_OK), "an answer with a name");
  check(c->name.request.awaited == !answered, "whether a name was told");
  if (answered && error == CHRONY_OK) count_record();
}

static uint32_t reply_word(const conversation *c, int at) {
  const uint8_t *from = c->reply + HEADER + at;

  return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* The same, with what must be of an answer with clients: eight at the most, and it goes on. */
static chrony_err judge_clients(const conversation *c, uint32_t asked) {
  chrony_err error = judge(c);

  if (error != CHRONY_OK) return error;
  if (reply_word(c, 8) > CLIENTS_AT_A_TIME) return CHRONY_INVALID_RESPONSE;
  if (reply_word(c, 4) < reply_word(c, 0) && reply_word(c, 4) <= asked)
    return CHRONY_INVALID_RESPONSE;
  return CHRONY_OK;
}

static void hear_clients(conversation *c) {
  bool answered = is_answer(c, c->for_clients);
  uint32_t asked = c->table.next, before = c->table.n_indexes;
  chrony_err error = clients_receive(&c->table, c->client);

  check(error == (answered ? judge_clients(c, asked) : CHRONY_OK), "an answer with clients");
  check(c->table.request.awaited == !answered, "whether clients were told");
  if (!answered || error != CHRONY_OK) return;
  check(c->table.changed == (asked > 0 && c->table.n_indexes != before), "whether it changed");
  check(clients_has_more(&c->table) == (reply_word(c, 4) < reply_word(c, 0)), "the end");
  count_record();
}

static void hear_report(conversation *c) {
  bool awaited = chrony_needs_response(c->session);
  bool answered = awaited && is_answer(c, c->for_report);
  chrony_err error = chrony_process_response(c->session);

  check(awaited == (error != CHRONY_UNEXPECTED_CALL), "a call that was not expected");
  if (!awaited) return;
  check(error == (answered ? judge(c) : CHRONY_OK), "an answer");
  awaited = chrony_needs_response(c->session); /* still, or that of a follow-up request */
  check(answered ? !awaited || error == CHRONY_OK : awaited, "whether an answer is awaited");
  if (!awaited && chrony_get_record_number_fields(c->session) > 0) count_record();
}

/* Receive where nothing has come. */
static void hear_nothing(conversation *c) {
  chrony_err error = chrony_process_response(c->session);
  bool awaited = chrony_needs_response(c->session);

  check(error == (awaited ? CHRONY_RECV_FAILED : CHRONY_UNEXPECTED_CALL), "nothing");
}

static void send_reply(conversation *c, uint8_t step, input *in) {
  const uint8_t *asked = step & OF_LAST ? c->last : c->before;
  size_t length = (size_t)take_byte(in) << 8;

  length |= take_byte(in);
  if (length > sizeof c->reply) length = sizeof c->reply;
  length = c->reply_length = take_bytes(in, length, c->reply);
  if (length >= HEADER && step & (OF_LAST | OF_ONE_BEFORE))
    memcpy(c->reply + REPLY_SEQUENCE_AT, asked + REQUEST_SEQUENCE_AT, SEQUENCE);
  if (length >= HEADER && step & WITH_HEADER) {
    memcpy(c->reply, "\x06\x02\0\0", 4);
    memcpy(c->reply + 4, asked + 4, 2);
  }
  check(send(c->server, c->reply, length, MSG_DONTWAIT) == (ssize_t)length, "sending");
}

static void take_step(conversation *c, input *in) {
  uint8_t step = take_byte(in), unheard;

  if (step & IS_DATAGRAM) {
    send_reply(c, step, in);
    if (c->name.request.awaited)
      hear_name(c);
    else if (c->table.request.awaited)
      hear_clients(c);
    else
      hear_report(c);
    read_record(c->session);
    read_name(c->name.name);
    read_clients(&c->table);
  } else if (step >> 5 == 3) {
    if (step & 0x10)
      ask_clients(c);
    else
      hear_nothing(c);
  } else if (step >> 5 == 2) {
    c->table.request.awaited = false;
    ask_name(c, step);
  } else {
    c->name.request.awaited = c->table.request.awaited = false;
    ask(c, step, in);
  }
  while (recv(c->client, &unheard, sizeof unheard, MSG_DONTWAIT) >= 0) continue;
  take_requests(c);
}

static conversation *start(void) {
  static conversation c;
  int pair[2];

  if (c.client == 0) {
    check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0, "socketpair");
    c.client = pair[0];
    c.server = pair[1];
  }
  c = (conversation){.client = c.client, .server = c.server};
  check(chrony_init_session(&c.session, c.client) == CHRONY_OK, "chrony_init_session");
  return &c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  conversation *c = start();

  while (in.left > 0) take_step(c, &in);
  read_record(c->session);
  chrony_deinit_session(c->session);
  return 0;
}

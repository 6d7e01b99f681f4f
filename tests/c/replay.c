/* Plays chronyd's side to libchrony and prints what its API says, all of it, right or wrong.

   Reads one command a line, and answers all but "session" with one line of JSON:

     session                        a new session on a new pair of sockets
     count REPORT [REPLIES]         ask how many records a report has
     record REPORT INDEX [REPLIES]  ask for a record
     names                          the reports' names and the errors' texts

   REPLIES are datagrams in hexadecimal, each with a "<" before it. A "/" stands between those that
   follow the exchange's first request and those that follow the next. For a byte of the sequence
   number stands "ss" where it repeats that of the request, "pp" that of the request before, and
   "xx" where it differs from that of the request. */
#define _POSIX_C_SOURCE 200809L
#include <chrony.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATAGRAM = 2048, REQUEST_SEQUENCE_AT = 8, REPLY_SEQUENCE_AT = 16, LAST_ERROR = 14 };

typedef struct {
  int client, server;
  chrony_session *session;
  unsigned char request[DATAGRAM]; /* the last one */
  unsigned char before[DATAGRAM];
  char *replies; /* what is left of the command */
} conversation;

static void give_up(const char *what) {
  perror(what);
  exit(2);
}

static void start_session(conversation *c) {
  int pair[2];

  if (c->session != NULL) {
    chrony_deinit_session(c->session);
    close(c->client);
    close(c->server);
  }
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) give_up("socketpair");
  c->client = pair[0];
  c->server = pair[1];
  if (chrony_init_session(&c->session, c->client) != CHRONY_OK) give_up("chrony_init_session");
  if (chrony_get_fd(c->session) != c->client) give_up("chrony_get_fd");
}

static unsigned char decode_byte(const conversation *c, const char *text, size_t at) {
  size_t in_request = at - REPLY_SEQUENCE_AT + REQUEST_SEQUENCE_AT;
  char digits[3] = {text[0], text[1], '\0'};

  if (digits[0] == 's') return c->request[in_request];
  if (digits[0] == 'p') return c->before[in_request];
  if (digits[0] == 'x') return c->request[in_request] ^ 1;
  return (unsigned char)strtoul(digits, NULL, 16);
}

static void send_reply(const conversation *c, const char *text) {
  unsigned char data[DATAGRAM];
  size_t length = strlen(text) / 2;

  if (length > sizeof data) give_up("a reply is too long");
  for (size_t i = 0; i < length; i++) data[i] = decode_byte(c, text + 2 * i, i);
  if (send(c->server, data, length, MSG_DONTWAIT) < 0) give_up("send");
}

static void send_replies(conversation *c) {
  for (;;) {
    const char *word = strtok_r(NULL, " ", &c->replies);

    if (word == NULL || *word == '/') return;
    send_reply(c, word + 1);
  }
}

/* Print the requests that the library has sent, and reply to each. */
static void serve(conversation *c, int *served) {
  unsigned char data[DATAGRAM];

  for (;;) {
    ssize_t length = recv(c->server, data, sizeof data, MSG_DONTWAIT);

    if (length < 0 && errno == EAGAIN) return;
    if (length < 0) give_up("recv");
    memcpy(c->before, c->request, sizeof c->before);
    memcpy(c->request, data, sizeof c->request);
    printf("%s\"", (*served)++ > 0 ? ", " : "");
    for (ssize_t i = 0; i < length; i++) printf("%02x", data[i]);
    printf("\"");
    send_replies(c);
  }
}

static bool is_readable(int fd) {
  struct pollfd p = {.fd = fd, .events = POLLIN};

  return poll(&p, 1, 0) > 0;
}

/* Exchange datagrams until the library has its answer. Returns its error, -1 where no datagram is
   left and it still waits for one. */
static int converse(conversation *c) {
  int error = CHRONY_OK, served = 0;

  printf(", \"requests\": [");
  serve(c, &served);
  while (error == CHRONY_OK && chrony_needs_response(c->session)) {
    if (!is_readable(c->client)) {
      error = -1;
      break;
    }
    error = (int)chrony_process_response(c->session);
    serve(c, &served);
  }
  printf("]");
  return error;
}

static void print_text(const char *text) {
  if (text == NULL) {
    printf("null");
    return;
  }
  putchar('"');
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;

    if (c < ' ' || c > '~' || c == '"' || c == '\\')
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

/* The names of the field's value and of each bit in it. */
static void print_constants(chrony_session *s, int field) {
  uint64_t value = chrony_get_field_uinteger(s, field);
  const char *separator = "";

  printf(", \"constant\": ");
  print_text(chrony_get_field_constant_name(s, field, value));
  printf(", \"flags\": [");
  for (int bit = 0; bit < 64; bit++) {
    uint64_t flag = (uint64_t)1 << bit;

    if ((value & flag) == 0) continue;
    printf("%s", separator);
    print_text(chrony_get_field_constant_name(s, field, flag));
    separator = ", ";
  }
  printf("]");
}

/* What each function has to say of a field, whatever its type. */
static void print_field(chrony_session *s, int field) {
  const char *name = chrony_get_field_name(s, field);
  struct timespec t = chrony_get_field_timespec(s, field);

  printf("{\"name\": ");
  print_text(name);
  printf(", \"index\": %d", name == NULL ? -1 : chrony_get_field_index(s, name));
  printf(", \"type\": %d", (int)chrony_get_field_type(s, field));
  printf(", \"content\": %d", (int)chrony_get_field_content(s, field));
  printf(", \"UINTEGER\": %llu", (unsigned long long)chrony_get_field_uinteger(s, field));
  printf(", \"INTEGER\": %lld", (long long)chrony_get_field_integer(s, field));
  printf(", \"FLOAT\": \"%a\"", chrony_get_field_float(s, field));
  printf(", \"TIMESPEC\": [%lld, %ld]", (long long)t.tv_sec, (long)t.tv_nsec);
  printf(", \"STRING\": ");
  print_text(chrony_get_field_string(s, field));
  print_constants(s, field);
  printf("}");
}

/* The fields of the record, and in "outside" what is said of those before and past it. */
static void print_record(chrony_session *s) {
  int n = chrony_get_record_number_fields(s);

  printf(", \"fields\": [");
  for (int i = 0; i < n; i++) {
    if (i > 0) printf(", ");
    print_field(s, i);
  }
  printf("], \"outside\": [");
  print_field(s, -1);
  printf(", ");
  print_field(s, n);
  printf("], \"index_of_no_field\": %d", chrony_get_field_index(s, "no such field"));
}

static void run(conversation *c, bool is_count, const char *report) {
  chrony_err asked;
  int error;

  if (is_count)
    asked = chrony_request_report_number_records(c->session, report);
  else
    asked = chrony_request_record(c->session, report, atoi(strtok_r(NULL, " ", &c->replies)));
  printf("{\"request_error\": %d", (int)asked);
  error = converse(c);
  printf(", \"error\": %d", asked == CHRONY_OK ? error : (int)asked);
  printf(", \"records\": %d", chrony_get_report_number_records(c->session));
  print_record(c->session);
  printf("}\n");
}

/* The texts of numbers from -1 to one past the last. */
static void print_names(void) {
  printf("{\"reports\": [");
  for (int i = -1; i <= chrony_get_number_supported_reports(); i++) {
    if (i >= 0) printf(", ");
    print_text(chrony_get_report_name(i));
  }
  printf("], \"errors\": [");
  for (int i = -1; i <= LAST_ERROR + 1; i++) {
    if (i >= 0) printf(", ");
    print_text(chrony_get_error_string((chrony_err)i));
  }
  printf("]}\n");
}

static void obey(conversation *c, char *line) {
  const char *command = strtok_r(line, " ", &c->replies);

  if (command == NULL) return;
  if (strcmp(command, "session") == 0)
    start_session(c);
  else if (strcmp(command, "names") == 0)
    print_names();
  else
    run(c, strcmp(command, "count") == 0, strtok_r(NULL, " ", &c->replies));
}

int main(void) {
  conversation c = {0};
  char *line = NULL;
  size_t size = 0;

  while (getline(&line, &size, stdin) > 0) {
    line[strcspn(line, "\n")] = '\0';
    obey(&c, line);
  }
  free(line);
  if (c.session != NULL) {
    chrony_deinit_session(c.session);
    close(c.client);
    close(c.server);
  }
  return 0;
}

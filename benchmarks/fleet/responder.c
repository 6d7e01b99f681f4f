/* A chronyd at each address of 127.0.0.0/8, for tests and benchmarks of many servers. All share one
   port.

     responder REFERENCE_TIME [CLASS:OPTION[,OPTION...]]...

   It prints the port, and answers until it is killed or its parent has ended. It knows the reports
   tracking, sources and activity. Each address has records of its own: see answers.c. They say that
   the clock was last updated at REFERENCE_TIME, in seconds since 1970.

   An address's class is its second byte. What the servers of a class do:

     silent          they answer nothing
     loss=N          each request and each answer gets lost with a chance of one in N
     delay=MS        an answer comes so many milliseconds after its request
     status=N        they refuse each request with this status
     wrong-source    the answer comes from another address
     wrong-sequence  the answer has a sequence number that nobody asked for
     stray           such an answer comes before the right one
     version=M.N     they answer as this version of chronyd does, from 1.29 on; else as 4.8 */
#define _GNU_SOURCE /* recvmmsg, sendmmsg, struct in_pktinfo */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "answers.h"

enum {
  N_CLASSES = 256,
  BATCH = 64,                    /* datagrams that are received or sent at a time */
  N_DELAYED = 1 << 16,           /* requests of a class that may wait for their answers */
  RECEIVE_BUFFER = 16 << 20,     /* bytes that are asked for */
  DATAGRAM = LONGEST_REQUEST + 1 /* bytes: enough to see that one is too long */
};

static const int64_t MILLISECOND = 1000000;

typedef struct {
  int64_t due;
  struct sockaddr_in client;
  request request;
} waiting_request;

typedef struct {
  server server;
  bool silent, wrong_source, wrong_sequence, stray;
  uint64_t loss;
  int64_t delay; /* nanoseconds */
  waiting_request *waiting; /* a ring */
  size_t first, n_waiting;
} server_class;

typedef union {
  struct cmsghdr header; /* for its alignment */
  unsigned char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} control;

/* Datagrams, with all that recvmmsg and sendmmsg want of them. */
typedef struct {
  struct mmsghdr headers[BATCH];
  struct iovec parts[BATCH];
  struct sockaddr_in clients[BATCH];
  control controls[BATCH];
  uint8_t bytes[BATCH][DATAGRAM];
} batch;

typedef struct {
  int fd;
  uint64_t chance; /* where the next random number comes from */
  server_class classes[N_CLASSES];
  bool has_delays; /* of some class */
  batch in, out;
  unsigned n_out;
} responder;

static void give_up(const char *what) {
  fprintf(stderr, "responder: %s\n", what);
  exit(2);
}

static int64_t now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static bool gets_lost(responder *r, const server_class *kind) {
  r->chance = r->chance * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
  return kind->loss > 0 && (r->chance >> 33) % kind->loss == 0;
}

static server_class *class_of(responder *r, uint32_t address) {
  return &r->classes[address >> 16 & 0xff];
}

static void reset_header(batch *b, size_t i, size_t length) {
  struct msghdr *header = &b->headers[i].msg_hdr;

  b->parts[i] = (struct iovec){.iov_base = b->bytes[i], .iov_len = length};
  header->msg_name = &b->clients[i];
  header->msg_namelen = sizeof b->clients[i];
  header->msg_iov = &b->parts[i];
  header->msg_iovlen = 1;
  header->msg_control = &b->controls[i];
  header->msg_controllen = sizeof b->controls[i].bytes;
}

/* Answers. */

static void send_batch(responder *r) {
  unsigned n_sent = 0;

  while (n_sent < r->n_out) {
    int n = sendmmsg(r->fd, r->out.headers + n_sent, r->n_out - n_sent, 0);
    if (n < 0 && errno == EINTR) continue;
    n_sent += n < 1 ? 1 : (unsigned)n; /* one that cannot be sent is lost */
  }
  r->n_out = 0;
}

static void put_answer(responder *r, const request *q, const struct sockaddr_in *client) {
  const server_class *kind = class_of(r, q->asked);
  uint32_t from = kind->wrong_source ? q->asked ^ 0x8000 : q->asked;
  struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(from)};
  size_t i, length;

  if (gets_lost(r, kind)) return;
  if (r->n_out == BATCH) send_batch(r);
  i = r->n_out;
  length = write_answer(&kind->server, q, r->out.bytes[i]);
  if (length == 0) return;
  reset_header(&r->out, i, length);
  r->out.clients[i] = *client;
  r->out.controls[i].header.cmsg_level = IPPROTO_IP;
  r->out.controls[i].header.cmsg_type = IP_PKTINFO;
  r->out.controls[i].header.cmsg_len = CMSG_LEN(sizeof info);
  memcpy(CMSG_DATA(&r->out.controls[i].header), &info, sizeof info);
  r->n_out++;
}

static void answer(responder *r, const request *q, const struct sockaddr_in *client) {
  const server_class *kind = class_of(r, q->asked);
  request never_sent = *q;

  never_sent.sequence = ~q->sequence;
  if (kind->stray) put_answer(r, &never_sent, client);
  put_answer(r, kind->wrong_sequence ? &never_sent : q, client);
}

/* Requests. */

static void delay(server_class *kind, const request *q, const struct sockaddr_in *client) {
  if (kind->n_waiting == N_DELAYED) return; /* it is lost */
  kind->waiting[(kind->first + kind->n_waiting++) % N_DELAYED] =
      (waiting_request){.due = now() + kind->delay, .client = *client, .request = *q};
}

/* Answer those requests whose delay is over. Returns when the next one's is, 0 if there is none. */
static int64_t answer_delayed(responder *r) {
  int64_t present = now(), next = 0;

  if (!r->has_delays) return 0;
  for (size_t i = 0; i < N_CLASSES; i++) {
    server_class *kind = &r->classes[i];
    while (kind->n_waiting > 0 && kind->waiting[kind->first].due <= present) {
      answer(r, &kind->waiting[kind->first].request, &kind->waiting[kind->first].client);
      kind->first = (kind->first + 1) % N_DELAYED;
      kind->n_waiting--;
    }
    if (kind->n_waiting > 0 && (next == 0 || kind->waiting[kind->first].due < next))
      next = kind->waiting[kind->first].due;
  }
  return next;
}

/* The address that a datagram was sent to; 0 if the system does not say. */
static uint32_t asked_address(batch *b, size_t i) {
  struct cmsghdr *header = &b->controls[i].header;
  struct in_pktinfo info;

  if (b->headers[i].msg_hdr.msg_controllen < CMSG_LEN(sizeof info)) return 0;
  if (header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_PKTINFO) return 0;
  memcpy(&info, CMSG_DATA(header), sizeof info);
  return ntohl(info.ipi_addr.s_addr);
}

static void receive_one(responder *r, size_t i) {
  uint32_t asked = asked_address(&r->in, i);
  server_class *kind = class_of(r, asked);
  request q;

  if (asked >> 24 != 127) return;
  if (!read_request(r->in.bytes[i], r->in.headers[i].msg_len, asked, &q)) return;
  if (kind->silent || gets_lost(r, kind)) return;
  if (kind->delay > 0)
    delay(kind, &q, &r->in.clients[i]);
  else
    answer(r, &q, &r->in.clients[i]);
}

/* Receive what has come. If nothing has, wait, or go on. */
static void receive(responder *r, bool waits) {
  int n;

  for (size_t i = 0; i < BATCH; i++) reset_header(&r->in, i, DATAGRAM);
  n = recvmmsg(r->fd, r->in.headers, BATCH, waits ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
  if (n < 0 && errno != EINTR && errno != EAGAIN) give_up(strerror(errno));
  for (int i = 0; i < n; i++) receive_one(r, (size_t)i);
}

static void sleep_until(const responder *r, int64_t due) {
  struct pollfd readable = {.fd = r->fd, .events = POLLIN};
  int64_t left = due - now();
  struct timespec timeout = {.tv_sec = (time_t)(left / (1000 * MILLISECOND)),
                             .tv_nsec = (long)(left % (1000 * MILLISECOND))};

  if (left > 0) ppoll(&readable, 1, &timeout, NULL);
}

static void serve(responder *r) {
  for (;;) {
    int64_t next = answer_delayed(r);
    send_batch(r);
    if (next != 0) sleep_until(r, next);
    receive(r, next == 0);
    send_batch(r);
  }
}

/* The start. */

static long read_number(const char *text, const char *end_of_it, long most) {
  char *end;
  long number = strtol(text, &end, 10);

  if (end == text || strcmp(end, end_of_it) != 0 || number < 0 || number > most)
    give_up("a number is wrong");
  return number;
}

static int read_version(const char *text) {
  const char *dot = strchr(text, '.');

  if (dot == NULL) give_up("a version is wrong");
  return (int)(100 * read_number(text, dot, 99) + read_number(dot + 1, "", 99));
}

static void set_option(server_class *kind, const char *name, const char *value) {
  if (strcmp(name, "silent") == 0)
    kind->silent = true;
  else if (strcmp(name, "wrong-source") == 0)
    kind->wrong_source = true;
  else if (strcmp(name, "wrong-sequence") == 0)
    kind->wrong_sequence = true;
  else if (strcmp(name, "stray") == 0)
    kind->stray = true;
  else if (strcmp(name, "loss") == 0)
    kind->loss = (uint64_t)read_number(value, "", 1000000);
  else if (strcmp(name, "delay") == 0)
    kind->delay = read_number(value, "", 3600000) * MILLISECOND;
  else if (strcmp(name, "status") == 0)
    kind->server.status = (unsigned)read_number(value, "", 0xffff);
  else if (strcmp(name, "version") == 0)
    kind->server.version = read_version(value);
  else
    give_up("an option is not known");
}

static void set_class(responder *r, char *text) {
  char *colon = strchr(text, ':');
  server_class *kind;

  if (colon == NULL) give_up("a class has no options");
  kind = &r->classes[read_number(text, colon, N_CLASSES - 1)];
  for (char *name = strtok(colon + 1, ","); name != NULL; name = strtok(NULL, ",")) {
    char *equals = strchr(name, '=');
    if (equals != NULL) *equals = '\0';
    set_option(kind, name, equals == NULL ? "" : equals + 1);
  }
  if (kind->delay == 0) return;
  kind->waiting = calloc(N_DELAYED, sizeof *kind->waiting);
  if (kind->waiting == NULL) give_up("no memory");
  r->has_delays = true;
}

/* Open the socket, and print its port. */
static void open_socket(responder *r) {
  struct sockaddr_in all = {.sin_family = AF_INET};
  socklen_t size = sizeof all;
  int yes = 1, buffer = RECEIVE_BUFFER;

  r->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (r->fd < 0 || setsockopt(r->fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) != 0 ||
      bind(r->fd, (struct sockaddr *)&all, sizeof all) != 0 ||
      getsockname(r->fd, (struct sockaddr *)&all, &size) != 0)
    give_up(strerror(errno));
  /* Only root may have more than the system's maximum. With less, requests that come all at once
     get lost. */
  if (setsockopt(r->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0)
    setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  printf("%d\n", ntohs(all.sin_port));
  fflush(stdout);
}

int main(int argc, char **argv) {
  responder *r = calloc(1, sizeof *r);

  if (r == NULL) give_up("no memory");
  if (argc < 2) give_up("the reference time is missing");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (size_t i = 0; i < N_CLASSES; i++) {
    r->classes[i].server.reference_time = read_number(argv[1], "", 99999999999);
    r->classes[i].server.version = 408;
  }
  for (int i = 2; i < argc; i++) set_class(r, argv[i]);
  open_socket(r);
  serve(r);
  return 0;
}

#define _DEFAULT_SOURCE
#include "fleet_tools.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { COUNT = 14, HEADER = 28, LONGEST = 104, MANY = 4096 };

void check(bool right, const char *what) {
  if (right) return;
  fprintf(stderr, "not so: %s (errno %d)\n", what, errno);
  exit(1);
}

int64_t now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

pychrony_fleet *make_fleet(int n_places) {
  pychrony_fleet *f = pychrony_fleet_new(n_places);

  check(f != NULL, "a fleet was made");
  return f;
}

void begin(pychrony_fleet *f, int place, const server *s, int64_t timeout) {
  pychrony_fleet_begin(f, place, s->address, PYCHRONY_RECORD, TRACKING, now() + timeout);
}

int poll_fleet(pychrony_fleet *f) {
  int64_t end = now() + 60 * SECOND;
  int n = 0;

  while (n == 0 && now() < end) n = pychrony_fleet_poll(f, end);
  check(n > 0, "a place is told of");
  return n;
}

int get_outcome(pychrony_fleet *f) {
  check(poll_fleet(f) == 1, "one place is told of");
  return pychrony_fleet_get_outcomes(f)[0];
}

bool is_readable(const pychrony_fleet *f, int milliseconds) {
  struct pollfd fleet = {.fd = pychrony_fleet_get_fd(f), .events = POLLIN};

  return poll(&fleet, 1, milliseconds) == 1;
}

bool falls_silent(pychrony_fleet *f) {
  for (int i = 0; i < 10; i++) {
    if (pychrony_fleet_poll(f, 0) != 0) return false;
    if (!is_readable(f, 0)) return true;
  }
  return false;
}

int count_descriptors(void) {
  int count = 0;

  for (int fd = 0; fd < MANY; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static size_t write_answer(const uint8_t *asked, uint16_t port, uint8_t to[LONGEST]) {
  bool is_count = asked[5] == COUNT;

  memset(to, 0, LONGEST);
  to[0] = 6;
  to[1] = 2;
  to[5] = asked[5];
  to[7] = is_count ? 2 : 5;
  memcpy(to + 16, asked + 8, 4); /* the sequence number */
  if (is_count) return HEADER + 4;
  to[HEADER + 2] = (uint8_t)(port >> 8);
  to[HEADER + 3] = (uint8_t)port;
  return LONGEST;
}

static bool has_ended(const server *s) { return __atomic_load_n(&s->ends, __ATOMIC_SEQ_CST); }

int server_count_requests(const server *s) {
  return __atomic_load_n(&s->n_requests, __ATOMIC_SEQ_CST);
}

bool server_has_received(const server *s, int n_requests) {
  int64_t end = now() + 60 * SECOND;

  while (server_count_requests(s) < n_requests && now() < end) usleep(1000);
  return server_count_requests(s) >= n_requests;
}

static void flood(const server *s, const struct sockaddr_storage *client, socklen_t size) {
  while (!has_ended(s)) sendto(s->fd, "nothing", 7, 0, (const struct sockaddr *)client, size);
}

static void handle_request(server *s) {
  struct sockaddr_storage client = {0};
  socklen_t size = sizeof client;
  uint8_t asked[512] = {0}, answer[LONGEST];
  uint16_t port = 0;
  size_t length;

  if (recvfrom(s->fd, asked, sizeof asked, 0, (struct sockaddr *)&client, &size) < 0) return;
  __atomic_add_fetch(&s->n_requests, 1, __ATOMIC_SEQ_CST);
  if (client.ss_family == AF_INET) port = ntohs(((struct sockaddr_in *)&client)->sin_port);
  length = write_answer(asked, port, answer);
  if (s->manner == ANSWERING) sendto(s->fd, answer, length, 0, (struct sockaddr *)&client, size);
  if (s->manner == FLOODING) flood(s, &client, size);
}

static void *serve(void *argument) {
  server *s = argument;
  struct pollfd socket = {.fd = s->fd, .events = POLLIN};

  while (!has_ended(s))
    if (poll(&socket, 1, 10) > 0) handle_request(s);
  return NULL;
}

static void open_port(server *s) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof own;

  s->fd = socket(AF_INET, SOCK_DGRAM, 0);
  check(bind(s->fd, (struct sockaddr *)&own, size) == 0, "the socket is bound");
  getsockname(s->fd, (struct sockaddr *)&own, &size);
  snprintf(s->address, sizeof s->address, "127.0.0.1:%d", ntohs(own.sin_port));
}

static void open_path(server *s, const char *path) {
  struct sockaddr_un own = {.sun_family = AF_UNIX};

  check(strlen(path) < sizeof own.sun_path, "the path is short enough");
  memcpy(own.sun_path, path, strlen(path) + 1);
  unlink(path);
  s->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  check(bind(s->fd, (struct sockaddr *)&own, sizeof own) == 0, "the socket is bound");
  snprintf(s->address, sizeof s->address, "%s", path);
}

void server_start(server *s, manner how, const char *path) {
  s->ends = false;
  s->n_requests = 0;
  s->manner = how;
  if (path == NULL)
    open_port(s);
  else
    open_path(s, path);
  check(pthread_create(&s->thread, NULL, serve, s) == 0, "the thread is started");
}

void server_end(server *s) {
  __atomic_store_n(&s->ends, true, __ATOMIC_SEQ_CST);
  pthread_join(s->thread, NULL);
  close(s->fd);
}

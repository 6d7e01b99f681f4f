#define _GNU_SOURCE /* ppoll, syscall */
#include "scripted.h"

#include <chrony.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Bytes in a datagram that answers nothing, and how many may be on their way. */
enum { FLOODING = 40, MOST_FLOODING = 1000 };

/* How an answer is, by an event's bits. */
enum { RIGHT = 0, WITH_STATUS = 1, WITH_CODE = 2, WITH_LENGTH = 3 };
enum { WITH_SEQUENCE = 1, WITH_HEADER = 2 };

/* Of each command, the code and the length of the answer. */
static const struct {
  uint8_t command, code;
  uint16_t length;
} answers[] = {{14, 2, 32},   {15, 3, 76},   {33, 5, 104},  {34, 6, 84},   {35, 7, 56},
               {44, 12, 48},  {51, 13, 52},  {54, 25, 196}, {57, 26, 172}, {65, 19, 284},
               {67, 20, 52},  {68, 21, 520}, {69, 23, 76}};

static const int system_errors[] = {EAGAIN,        EINTR,      ECONNREFUSED, ENOBUFS,
                                    EPERM,         EACCES,     ENETUNREACH,  EHOSTUNREACH,
                                    EMFILE,        ENOENT,     ENOTCONN,     ECONNRESET,
                                    EADDRNOTAVAIL, ENOMEM,     EMSGSIZE,     EIO};

scripted_world scripted;

/* Sockets. */

static void reset_socket(scripted_socket *s, int fd) {
  s->fd = fd;
  s->is_known = false;
  s->number = 0;
  s->watched = 0;
  s->flood = s->n_queued = s->n_requests = s->n_unanswered = s->n_answers = 0;
}

void scripted_reset(void) {
  scripted.sending.times = scripted.receiving.times = scripted.opening.times = 0;
  for (int i = 0; i < SCRIPTED_SOCKETS; i++) reset_socket(&scripted.sockets[i], -1);
}

scripted_socket *scripted_find(int fd) {
  for (int i = 0; fd >= 0 && i < SCRIPTED_SOCKETS; i++)
    if (scripted.sockets[i].fd == fd) return &scripted.sockets[i];
  return NULL;
}

int scripted_count_open(void) {
  int n = 0;

  for (int i = 0; i < SCRIPTED_SOCKETS; i++) n += scripted.sockets[i].fd >= 0;
  return n;
}

bool scripted_is_readable(const scripted_socket *s) {
  return s->flood > 0 || s->n_queued > 0 || scripted.receiving.times > 0;
}

void scripted_forget_requests(scripted_socket *s) {
  if (s != NULL) s->n_requests = s->n_unanswered = s->n_answers = 0;
}

static scripted_socket *check_socket(int fd) {
  scripted_socket *s = scripted_find(fd);

  check(s != NULL, "a socket that is open");
  check((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, "a socket that does not block");
  return s;
}

/* Datagrams. */

static bool is_answer(const scripted_socket *s, const scripted_datagram *d) {
  if (d->length < SCRIPTED_HEADER || memcmp(d->bytes, "\x06\x02\0\0", 4) != 0) return false;
  for (int i = 0; i < s->n_requests; i++) {
    const uint8_t *asked = s->requests[i].bytes;
    if (memcmp(d->bytes + 4, asked + 4, 2) == 0 && memcmp(d->bytes + 16, asked + 8, 4) == 0)
      return true;
  }
  return false;
}

static void drop_first(scripted_datagram *datagrams, int *n) {
  --*n;
  memmove(datagrams, datagrams + 1, (size_t)*n * sizeof *datagrams);
}

static scripted_datagram *add(scripted_datagram *datagrams, int *n) {
  if (*n == SCRIPTED_DATAGRAMS) drop_first(datagrams, n);
  return memset(&datagrams[(*n)++], 0, sizeof *datagrams);
}

static void put_header(uint8_t *to, const uint8_t *asked) {
  memcpy(to, "\x06\x02\0\0", 4);
  memcpy(to + 4, asked + 4, 2);
}

static void put_sequence(uint8_t *to, const uint8_t *asked) { memcpy(to + 16, asked + 8, 4); }

/* A request that was not answered yet, the last one where all were. */
static const scripted_datagram *take_request(scripted_socket *s, int number) {
  int i = s->n_requests - s->n_unanswered + number;

  s->n_unanswered = i < s->n_requests ? s->n_requests - i - 1 : 0;
  return &s->requests[i < s->n_requests ? i : s->n_requests - 1];
}

void scripted_answer(scripted_socket *s, uint8_t event, input *in) {
  int kind = event >> 2 & 3;
  uint8_t high = kind == RIGHT ? 0 : take_byte(in), low = kind == WITH_LENGTH ? take_byte(in) : 0;
  uint8_t at = take_byte(in), data[UINT8_MAX], code = 0;
  size_t n = take_bytes(in, take_byte(in), data);
  const scripted_datagram *asked;
  scripted_datagram *d;

  if (s == NULL || s->n_requests == 0) return;
  asked = take_request(s, event & 3);
  d = add(s->queue, &s->n_queued);
  put_header(d->bytes, asked->bytes);
  put_sequence(d->bytes, asked->bytes);
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    if (answers[i].command == asked->bytes[5]) {
      code = answers[i].code;
      d->length = answers[i].length;
    }
  d->bytes[7] = kind == WITH_CODE ? high : code;
  if (kind == WITH_STATUS) d->bytes[9] = high;
  if (kind == WITH_LENGTH) d->length = (size_t)(high << 8 | low) % SCRIPTED_DATAGRAM;
  if (n > 0) memcpy(d->bytes + SCRIPTED_HEADER + at, data, n);
}

void scripted_let_come(scripted_socket *s, uint8_t event, input *in) {
  uint8_t data[SCRIPTED_DATAGRAM];
  size_t length = (size_t)take_byte(in) << 8;
  const uint8_t *asked;
  scripted_datagram *d;

  length = take_bytes(in, (length | take_byte(in)) % SCRIPTED_DATAGRAM, data);
  if (s == NULL) return;
  d = add(s->queue, &s->n_queued);
  d->length = length;
  if (length > 0) memcpy(d->bytes, data, length);
  if (s->n_requests == 0 || length < SCRIPTED_HEADER) return;
  asked = s->requests[s->n_requests - 1].bytes;
  if (event & WITH_HEADER) put_header(d->bytes, asked);
  if (event & (WITH_HEADER | WITH_SEQUENCE)) put_sequence(d->bytes, asked);
}

void scripted_flood(scripted_socket *s, uint8_t n_datagrams) {
  if (s != NULL && s->flood <= MOST_FLOODING) s->flood += n_datagrams;
}

void scripted_set_fault(scripted_fault *fault, uint8_t event, input *in) {
  fault->system_error = system_errors[event & 0xf];
  fault->times = take_byte(in);
}

bool scripted_fails(scripted_fault *fault) {
  if (fault->times == 0) return false;
  fault->times--;
  errno = fault->system_error;
  return true;
}

/* The library's own functions. */

int chrony_open_socket(const char *address) {
  check(address != NULL, "an address");
  if (scripted_fails(&scripted.opening)) return -1;
  for (int i = 0; i < SCRIPTED_SOCKETS; i++) {
    if (scripted.sockets[i].fd >= 0) continue;
    reset_socket(&scripted.sockets[i], open("/dev/null", O_RDWR | O_CLOEXEC));
    return scripted.sockets[i].fd;
  }
  check(false, "too many sockets are open");
  return -1;
}

void chrony_close_socket(int fd) {
  check(scripted_find(fd) != NULL, "a socket is closed once");
  close(fd);
}

/* The system's. */

int close(int fd) {
  scripted_socket *s = scripted_find(fd);

  if (s != NULL) s->fd = -1;
  return (int)syscall(SYS_close, fd);
}

ssize_t send(int fd, const void *message, size_t size, int flags) {
  scripted_socket *s = check_socket(fd);
  scripted_datagram *request;

  (void)flags;
  check(size >= SCRIPTED_HEADER && size <= SCRIPTED_DATAGRAM, "a request's length");
  check(memcmp(message, "\x06\x01\0\0", 4) == 0, "a request's header");
  if (scripted_fails(&scripted.sending)) return -1;
  request = add(s->requests, &s->n_requests);
  memcpy(request->bytes, message, size);
  request->length = size;
  if (s->n_unanswered < s->n_requests) s->n_unanswered++;
  scripted.n_sent++;
  return (ssize_t)size;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags) {
  scripted_socket *s = check_socket(fd);
  size_t length = s->queue[0].length < size ? s->queue[0].length : size;

  check((flags & ~MSG_DONTWAIT) == 0, "flags");
  if (scripted_fails(&scripted.receiving)) {
    scripted.n_failed++;
    return -1;
  }
  if (s->flood > 0) {
    s->flood--;
    scripted.n_received++;
    memset(buffer, 0, size < FLOODING ? size : FLOODING);
    return (ssize_t)(size < FLOODING ? size : FLOODING);
  }
  if (s->n_queued == 0) {
    errno = EAGAIN;
    return -1;
  }
  if (length > 0) memcpy(buffer, s->queue[0].bytes, length);
  s->n_answers += is_answer(s, &s->queue[0]);
  scripted.n_received++;
  drop_first(s->queue, &s->n_queued);
  return (ssize_t)length;
}

/* Nothing waits. Where no step is being made, nobody needs a right answer. */

static int wait_for_nothing(void) {
  check(!scripted.may_not_wait, "a step that waits");
  return 0;
}

int poll(struct pollfd *fds, nfds_t n, int timeout) {
  (void)fds, (void)n, (void)timeout;
  return wait_for_nothing();
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask) {
  (void)fds, (void)n, (void)timeout, (void)mask;
  return wait_for_nothing();
}

int sched_yield(void) { return wait_for_nothing(); }

int nanosleep(const struct timespec *wanted, struct timespec *left) {
  (void)wanted, (void)left;
  return wait_for_nothing();
}

#define _GNU_SOURCE /* ppoll */
#include "scripted.h"

#include <chrony.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"

enum { FLOODING = 40 }; /* bytes in a datagram that answers nothing */

scripted_world scripted = {.fd = -1};

/* Whether a fault is due. Sets errno then. */
static bool fails(scripted_fault *fault) {
  if (fault->times == 0) return false;
  fault->times--;
  errno = fault->system_error;
  return true;
}

bool scripted_is_answer(const scripted_datagram *d) {
  if (d->length < SCRIPTED_HEADER || memcmp(d->bytes, "\x06\x02\0\0", 4) != 0) return false;
  for (int i = 0; i < scripted.n_requests; i++) {
    const uint8_t *asked = scripted.requests[i].bytes;
    if (memcmp(d->bytes + 4, asked + 4, 2) == 0 && memcmp(d->bytes + 16, asked + 8, 4) == 0)
      return true;
  }
  return false;
}

bool scripted_is_readable(void) {
  return scripted.flood > 0 || scripted.n_queued > 0 || scripted.receiving.times > 0;
}

void scripted_queue(const uint8_t *bytes, size_t length) {
  scripted_datagram *d = &scripted.queue[scripted.n_queued];

  if (scripted.n_queued == SCRIPTED_QUEUE) return;
  d->length = length;
  if (length > 0) memcpy(d->bytes, bytes, length);
  scripted.n_queued++;
}

bool scripted_is_open(void) { return scripted.fd >= 0 && fcntl(scripted.fd, F_GETFD) >= 0; }

static void check_socket(int fd) {
  check(fd >= 0 && fd == scripted.fd, "the socket that is open");
  check((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, "a socket that does not block");
}

/* The library's own functions. */

int chrony_open_socket(const char *address) {
  check(address != NULL && !scripted_is_open(), "one socket at a time");
  if (fails(&scripted.opening)) return -1;
  scripted.n_queued = scripted.flood = 0; /* it is another socket's */
  scripted.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  return scripted.fd;
}

void chrony_close_socket(int fd) {
  check(fd == scripted.fd && close(fd) == 0, "a socket is closed once");
}

/* The system's. */

ssize_t send(int fd, const void *message, size_t size, int flags) {
  scripted_datagram *request;

  (void)flags;
  check_socket(fd);
  check(size >= SCRIPTED_HEADER && size <= SCRIPTED_DATAGRAM, "a request's length");
  check(memcmp(message, "\x06\x01\0\0", 4) == 0, "a request's header");
  if (fails(&scripted.sending)) return -1;
  if (scripted.n_requests == SCRIPTED_REQUESTS) {
    scripted.n_requests--;
    memmove(scripted.requests, scripted.requests + 1,
            (size_t)scripted.n_requests * sizeof *scripted.requests);
  }
  request = &scripted.requests[scripted.n_requests++];
  memcpy(request->bytes, message, size);
  request->length = size;
  if (scripted.n_unanswered < SCRIPTED_REQUESTS) scripted.n_unanswered++;
  scripted.n_sent++;
  return (ssize_t)size;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags) {
  size_t length = scripted.queue[0].length < size ? scripted.queue[0].length : size;

  check_socket(fd);
  check((flags & ~MSG_DONTWAIT) == 0, "flags");
  if (fails(&scripted.receiving)) {
    scripted.n_failed++;
    return -1;
  }
  if (scripted.flood > 0) {
    scripted.flood--;
    scripted.n_received++;
    memset(buffer, 0, size < FLOODING ? size : FLOODING);
    return (ssize_t)(size < FLOODING ? size : FLOODING);
  }
  if (scripted.n_queued == 0) {
    errno = EAGAIN;
    return -1;
  }
  if (length > 0) memcpy(buffer, scripted.queue[0].bytes, length);
  scripted.n_answers += scripted_is_answer(&scripted.queue[0]);
  scripted.n_received++;
  scripted.n_queued--;
  memmove(scripted.queue, scripted.queue + 1, (size_t)scripted.n_queued * sizeof *scripted.queue);
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

#define _GNU_SOURCE /* ppoll */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>

#include "step.h"

/* How long a call waits at the most before Python may look at signals. */
#define SIGNAL_POLL_NS (50 * MILLISECONDS)

/* How long a thread spins for an answer before it sleeps. 0: it never spins. */
#ifndef SPIN_NS
#define SPIN_NS (MILLISECONDS / 10)
#endif

/* How many waits sleep at once, after the processor went to other work for longer than that. */
enum { SLEEPS_BESIDE_WORK = 1000 };

/* Whether a socket leads to this computer itself. */
static bool leads_here(int fd) {
  struct sockaddr_storage peer = {0};
  socklen_t length = sizeof peer;

  if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0) return false;
  switch (peer.ss_family) {
    case AF_UNIX: return true;
    case AF_INET: return ntohl(((struct sockaddr_in *)&peer)->sin_addr.s_addr) >> 24 == 127;
    case AF_INET6: return IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&peer)->sin6_addr);
    default: return false;
  }
}

static bool is_near(pychrony_connection *c) {
  if (c->distance == UNKNOWN) c->distance = leads_here(c->fd) ? NEAR : FAR;
  return c->distance == NEAR;
}

/* Where chronyd runs on this computer, to sleep and be woken takes longer than to answer. Where the
   last answer took longer than SPIN_NS, this one will too, and spinning would be in vain. */
static bool may_spin(pychrony_connection *c) {
  if (c->exchange.has_spun || !c->has_answered || !is_near(c)) return false;
  if (c->sleeps_left > 0) {
    c->sleeps_left--;
    return false;
  }
  return c->waited <= SPIN_NS;
}

/* Spin for the next answer, and let others run meanwhile. Where other work wants the processor,
   sched_yield hands it over for long, even to work of the lowest priority. A sleeper gets it back
   as soon as the answer comes. */
static bool spin_until_readable(pychrony_connection *c) {
  struct pollfd socket = {.fd = c->fd, .events = POLLIN};
  int64_t now = step_now(), end = now + SPIN_NS, before;
  bool readable;

  c->exchange.has_spun = true;
  do {
    before = now;
    sched_yield();
    readable = poll(&socket, 1, 0) != 0;
    now = step_now();
    if (now - before > SPIN_NS) c->sleeps_left = SLEEPS_BESIDE_WORK;
  } while (!readable && now < end);
  return readable;
}

/* Sleep until the socket is ready or `until` comes. False: a signal came. The system refuses to
   poll in a process that may have no descriptors (RLIMIT_NOFILE). Sleep a moment there. */
static bool sleep_until_ready(const pychrony_connection *c, short events, int64_t until) {
  struct pollfd socket = {.fd = c->fd, .events = events};
  int64_t left = until - step_now();
  struct timespec timeout = {0};

  if (left <= 0) return true;
  timeout.tv_sec = (time_t)(left / NANOSECONDS);
  timeout.tv_nsec = (long)(left % NANOSECONDS);
  if (ppoll(&socket, 1, &timeout, NULL) >= 0) return true;
  if (errno == EINTR) return false;
  timeout = (struct timespec){.tv_nsec = left < MILLISECONDS ? (long)left : (long)MILLISECONDS};
  return nanosleep(&timeout, NULL) == 0;
}

int pychrony_resume(pychrony_connection *c, int64_t deadline) {
  int64_t now = step_now(), slice_end = now + SIGNAL_POLL_NS, wake_at;
  int outcome;

  if (c == NULL) return PYCHRONY_FAILED;
  for (; now < slice_end; now = step_now()) {
    outcome = exchange_step(c, now, deadline);
    if (outcome != PYCHRONY_WANTS_READ && outcome != PYCHRONY_WANTS_WRITE) return outcome;
    wake_at = c->exchange.wake_at < slice_end ? c->exchange.wake_at : slice_end;
    if (outcome == PYCHRONY_WANTS_READ && may_spin(c) && spin_until_readable(c)) continue;
    if (!sleep_until_ready(c, outcome == PYCHRONY_WANTS_READ ? POLLIN : POLLOUT, wake_at)) break;
  }
  return PYCHRONY_AGAIN;
}

int pychrony_fetch(pychrony_connection *c, pychrony_operation operation, int report, int record,
                   int64_t deadline) {
  int outcome = exchange_begin(c, operation, report, record);

  return outcome == GO_ON ? pychrony_resume(c, deadline) : outcome;
}

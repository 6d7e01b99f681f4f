#define _DEFAULT_SOURCE
#include <poll.h>
#include <sched.h>
#include <time.h>

#include "connection.h"

int64_t wait_now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * NANOSECONDS + t.tv_nsec;
}

void spin_until_readable(pychrony_connection *c) {
  struct pollfd readable = {.fd = c->fd, .events = POLLIN};
  int64_t end;

  if (c->has_spun || !c->is_near || c->round_trip == 0 || c->waited > SPIN_NS) return;
  c->has_spun = true;
  end = wait_now() + SPIN_NS;
  while (poll(&readable, 1, 0) == 0 && wait_now() < end) sched_yield();
}

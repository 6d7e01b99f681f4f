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

void wait_briefly(pychrony_connection *c) {
  struct pollfd readable = {.fd = c->fd, .events = POLLIN};
  int64_t end;

  if (c->looked || !c->is_near || c->round_trip == 0 || c->waited > LOOKING) return;
  c->looked = true;
  end = wait_now() + LOOKING;
  while (poll(&readable, 1, 0) == 0 && wait_now() < end) sched_yield();
}

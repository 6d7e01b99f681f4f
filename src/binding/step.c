#define _DEFAULT_SOURCE
#include "step.h"

#include <time.h>

int64_t step_now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * NANOSECONDS + t.tv_nsec;
}

int pychrony_begin(pychrony_connection *c, pychrony_operation operation, int report, int record,
                   int64_t deadline) {
  int outcome = exchange_begin(c, operation, report, record);

  return outcome == GO_ON ? pychrony_step(c, deadline) : outcome;
}

int pychrony_step(pychrony_connection *c, int64_t deadline) {
  return c == NULL ? PYCHRONY_FAILED : exchange_step(c, step_now(), deadline);
}

int64_t pychrony_get_wake_at(const pychrony_connection *c) {
  return c == NULL ? 0 : c->exchange.wake_at;
}

int pychrony_get_fd(const pychrony_connection *c) { return c == NULL ? -1 : c->fd; }

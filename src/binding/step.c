#define _DEFAULT_SOURCE
#include "step.h"

#include <time.h>

int64_t step_now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * NANOSECONDS + t.tv_nsec;
}

int step_begin(pychrony_connection *c, pychrony_operation operation, int report, int record) {
  struct exchange wanted = {
      .operation = operation, .report = chrony_get_report_name(report), .record = record};

  return c == NULL ? PYCHRONY_FAILED : exchange_begin(c, &wanted);
}

int pychrony_begin(pychrony_connection *c, pychrony_operation operation, int report, int record,
                   int64_t deadline) {
  int outcome = step_begin(c, operation, report, record);

  return outcome == GO_ON ? pychrony_step(c, deadline) : outcome;
}

int pychrony_step(pychrony_connection *c, int64_t deadline) {
  return c == NULL ? PYCHRONY_FAILED : exchange_step(c, step_now(), deadline);
}

int64_t pychrony_get_wake_at(const pychrony_connection *c) {
  return c == NULL ? 0 : c->exchange.wake_at;
}

int pychrony_get_fd(const pychrony_connection *c) { return c == NULL ? -1 : c->fd; }

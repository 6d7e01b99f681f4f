#define _DEFAULT_SOURCE
#include <errno.h>
#include <time.h>

#include "connection.h"

/* Inside this file only: the exchange goes on. */
enum { GO_ON = 0 };

static int64_t monotonic_now(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * NANOSECONDS + t.tv_nsec;
}

static int fail(pychrony_connection *c, chrony_err error, int system_error) {
  c->failure.error = (int)error;
  c->failure.system_error = system_error;
  return PYCHRONY_FAILED;
}

/* Not a failure of the connection: a full queue, a signal, or time that ran out. */
static bool is_passing(int system_error) {
  return system_error == EAGAIN || system_error == EWOULDBLOCK || system_error == EINTR;
}

/* Sending failed. Where chronyd was restarted, its Unix socket is another one now, and an error of
   an earlier datagram may be waiting on a UDP socket: open anew, but once only. */
static int mend_sending(pychrony_connection *c) {
  int system_error = errno;

  c->sent = false;
  if (is_passing(system_error)) return PYCHRONY_AGAIN;
  if (c->reopened) return fail(c, CHRONY_SEND_FAILED, system_error);
  c->reopened = true;
  if (connection_reopen(c) != 0) return fail(c, CHRONY_SEND_FAILED, errno);
  return GO_ON;
}

static int ask(pychrony_connection *c, int64_t now) {
  chrony_err error = chrony_request_record(c->session, c->report, c->record);

  if (error == CHRONY_SEND_FAILED) return mend_sending(c);
  if (error != CHRONY_OK) return fail(c, error, 0);
  c->sent = true;
  c->resend_at = now + c->patience;
  c->patience *= 2;
  return GO_ON;
}

/* Receive one datagram, for as long as the deadline allows. */
static int hear(pychrony_connection *c, int64_t left) {
  chrony_err error;

  connection_set_receive_timeout(c, left < SLICE ? left : SLICE);
  error = chrony_process_response(c->session);
  if (error == CHRONY_OK) return GO_ON;
  if (error == CHRONY_SEND_FAILED) return mend_sending(c);
  if (error != CHRONY_RECV_FAILED) return fail(c, error, 0);
  return is_passing(errno) ? PYCHRONY_AGAIN : fail(c, error, errno);
}

int pychrony_resume(pychrony_connection *c, int64_t deadline) {
  int64_t now = monotonic_now(), slice_end = now + SLICE;
  int outcome;

  for (; now < deadline; now = monotonic_now()) {
    if (c->sent && now >= c->resend_at) c->sent = false;
    outcome = c->sent ? hear(c, deadline - now) : ask(c, now);
    if (outcome != GO_ON) return outcome;
    if (c->sent && !chrony_needs_response(c->session)) {
      c->settled = true;
      return record_copy(c);
    }
    if (now >= slice_end) return PYCHRONY_AGAIN;
  }
  return PYCHRONY_TIMED_OUT;
}

int pychrony_fetch(pychrony_connection *c, int report, int record, int64_t deadline) {
  if (!c->settled && connection_settle(c) != 0) return fail(c, CHRONY_SEND_FAILED, errno);
  c->settled = false;
  c->report = chrony_get_report_name(report); /* lives for ever, as libchrony 0.2 needs it to */
  c->record = record;
  c->sent = false;
  c->reopened = false;
  c->patience = SLICE;
  if (c->report == NULL) return fail(c, CHRONY_UNKNOWN_REPORT, 0);
  return pychrony_resume(c, deadline);
}

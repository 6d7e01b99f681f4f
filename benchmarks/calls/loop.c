/* What Python is measured against: a C program on libchrony that reads all records of a report and
 * all their fields, one record after the other, the way chrony.h tells to. A line on stdin says how
 * often. It prints the nanoseconds that took, and the nanoseconds of its processor time.
 *
 *     loop REPORT ADDRESS
 */
#define _POSIX_C_SOURCE 200809L
#include <chrony.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static long long read_clock(clockid_t clock) {
  struct timespec t;

  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Wait for the answer to a request that went out with `error`. */
static int answer(chrony_session *s, chrony_err error) {
  while (error == CHRONY_OK && chrony_needs_response(s)) {
    struct pollfd readable = {.fd = chrony_get_fd(s), .events = POLLIN};

    if (poll(&readable, 1, 3000) != 1) return -1;
    error = chrony_process_response(s);
  }
  return error == CHRONY_OK ? 0 : -1;
}

/* Something is done with each value, so that reading it is not optimized away. */
static double read_fields(chrony_session *s) {
  double sum = 0;

  for (int i = 0; i < chrony_get_record_number_fields(s); i++) {
    const char *text;

    switch (chrony_get_field_type(s, i)) {
      case CHRONY_TYPE_UINTEGER: sum += (double)chrony_get_field_uinteger(s, i); break;
      case CHRONY_TYPE_INTEGER: sum += (double)chrony_get_field_integer(s, i); break;
      case CHRONY_TYPE_FLOAT: sum += chrony_get_field_float(s, i); break;
      case CHRONY_TYPE_TIMESPEC: sum += (double)chrony_get_field_timespec(s, i).tv_sec; break;
      case CHRONY_TYPE_STRING:
        text = chrony_get_field_string(s, i);
        sum += text == NULL ? 0 : (double)strlen(text);
        break;
      default: break;
    }
  }
  return sum;
}

static int read_report(chrony_session *s, const char *report, volatile double *sum) {
  if (answer(s, chrony_request_report_number_records(s, report)) != 0) return -1;
  for (int i = 0, n = chrony_get_report_number_records(s); i < n; i++) {
    if (answer(s, chrony_request_record(s, report, i)) != 0) return -1;
    *sum = *sum + read_fields(s);
  }
  return 0;
}

int main(int argc, char **argv) {
  chrony_session *s;
  long times;
  volatile double sum = 0;
  int fd = argc == 3 ? chrony_open_socket(argv[2]) : -1;

  if (fd < 0 || chrony_init_session(&s, fd) != CHRONY_OK) return 1;
  while (scanf("%ld", &times) == 1) {
    long long begin = read_clock(CLOCK_MONOTONIC);
    long long cpu_begin = read_clock(CLOCK_PROCESS_CPUTIME_ID);

    for (long i = 0; i < times; i++)
      if (read_report(s, argv[1], &sum) != 0) return 1;
    printf("%lld %lld\n", read_clock(CLOCK_MONOTONIC) - begin,
           read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin);
    fflush(stdout);
  }
  chrony_deinit_session(s);
  chrony_close_socket(fd);
  return 0;
}

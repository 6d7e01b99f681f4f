/* Prints what libchrony, whichever it is compiled against, reads of a chronyd.

     dump ADDRESS REPORT...

   A line begins each report, "report" and its name, and each record, "record". A line for each of
   its fields follows: the type's letter, the name and the value, with tabs between. A time is in
   seconds and nanoseconds; an address that is not there is an empty text. Where libchrony fails
   there is "error" and its chrony_err instead. */
#define _POSIX_C_SOURCE 200809L
#include <chrony.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void give_up(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  exit(2);
}

static chrony_err answer(chrony_session *s, chrony_err error) {
  while (error == CHRONY_OK && chrony_needs_response(s)) error = chrony_process_response(s);
  return error;
}

static void print_field(chrony_session *s, int field) {
  const char *name = chrony_get_field_name(s, field), *text;
  struct timespec time;

  switch (chrony_get_field_type(s, field)) {
    case CHRONY_TYPE_UINTEGER:
      printf("u\t%s\t%" PRIu64 "\n", name, chrony_get_field_uinteger(s, field));
      break;
    case CHRONY_TYPE_INTEGER:
      printf("i\t%s\t%" PRId64 "\n", name, chrony_get_field_integer(s, field));
      break;
    case CHRONY_TYPE_FLOAT:
      printf("f\t%s\t%.17g\n", name, chrony_get_field_float(s, field));
      break;
    case CHRONY_TYPE_TIMESPEC:
      time = chrony_get_field_timespec(s, field);
      printf("t\t%s\t%" PRId64 "\t%ld\n", name, (int64_t)time.tv_sec, time.tv_nsec);
      break;
    case CHRONY_TYPE_STRING:
      text = chrony_get_field_string(s, field);
      printf("s\t%s\t%s\n", name, text == NULL ? "" : text);
      break;
    default: give_up("chrony_get_field_type");
  }
}

static void print_record(chrony_session *s, const char *report, int record) {
  chrony_err error = answer(s, chrony_request_record(s, report, record));

  if (error == CHRONY_OK)
    printf("record\n");
  else
    printf("error\t%d\n", (int)error);
  for (int i = 0; i < chrony_get_record_number_fields(s); i++) print_field(s, i);
}

static void print_report(chrony_session *s, const char *report) {
  chrony_err error = answer(s, chrony_request_report_number_records(s, report));
  int n_records = chrony_get_report_number_records(s);

  printf("report\t%s\n", report);
  if (error != CHRONY_OK) printf("error\t%d\n", (int)error);
  for (int i = 0; error == CHRONY_OK && i < n_records; i++) print_record(s, report, i);
}

int main(int argc, char **argv) {
  chrony_session *s;
  int fd;

  if (argc < 3) give_up("reading the arguments");
  fd = chrony_open_socket(argv[1]);
  if (fd < 0) give_up("chrony_open_socket");
  if (chrony_init_session(&s, fd) != CHRONY_OK) give_up("chrony_init_session");
  for (int i = 2; i < argc; i++) print_report(s, argv[i]);
  chrony_deinit_session(s);
  chrony_close_socket(fd);
  return 0;
}

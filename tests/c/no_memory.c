/* The binding where there is no memory: each of its allocations, and the library's, fails once, over
   opening a connection and each kind of exchange. Each time that is an error, and the connection
   still works afterwards. Prints how many allocations there were. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "connection.h"
#include "pretended.h"

static void check(bool right, const char *what, int report) {
  if (right) return;
  fprintf(stderr, "allocation %ld failed; %s, report %d\n", failing, what, report);
  exit(1);
}

static int go_through(pychrony_operation operation, pychrony_connection *c, int report) {
  int64_t deadline = world.now + NANOSECONDS;
  int outcome = pychrony_fetch(c, operation, report, 0, deadline);

  while (outcome == PYCHRONY_AGAIN) outcome = pychrony_resume(c, deadline);
  check(operation != PYCHRONY_CLIENTS || outcome < 0 || outcome == 1,
        "another number of clients", report);
  return outcome;
}

/* Go through an exchange, and again if memory failed it. */
static void try_exchange(pychrony_operation operation, pychrony_connection *c, int report) {
  bool may_fail = n_allocations < failing;
  int outcome = go_through(operation, c, report);

  if (outcome < 0) {
    check(outcome == PYCHRONY_FAILED && may_fail && n_allocations >= failing, "another outcome",
          report);
    check(pychrony_get_failure(c)->error == CHRONY_NO_MEMORY, "another error", report);
    check(go_through(operation, c, report) >= 0, "no answer afterwards", report);
  }
}

static bool is_list(int report) {
  static const char *const lists[] = {"sources", "sourcestats", "selectdata", "authdata",
                                      "ntpdata"};

  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    if (strcmp(lists[i], chrony_get_report_name(report)) == 0) return true;
  return false;
}

static void try_all(void) {
  pychrony_connection *c = pychrony_new();

  pretended_forget();
  n_allocations = c == NULL ? failing : n_allocations;
  if (pychrony_open(c, "127.0.0.1:323") == 0) {
    for (int i = 0; i < chrony_get_number_supported_reports(); i++) {
      try_exchange(PYCHRONY_RECORD, c, i);
      if (is_list(i)) try_exchange(PYCHRONY_LIST, c, i);
      if (is_list(i)) try_exchange(PYCHRONY_NAMED_LIST, c, i);
    }
    try_exchange(PYCHRONY_CLIENTS, c, 0);
  } else {
    check(errno == ENOMEM && n_allocations >= failing, "opening failed otherwise", 0);
  }
  pychrony_free(c);
}

/* What Python may call with NULL, a connection that is closed or never was one. */
static void try_without_connection(void) {
  check(pychrony_open(NULL, "127.0.0.1:323") == -1 && errno == ENOMEM, "NULL opened", 0);
  for (int i = PYCHRONY_RECORD; i <= PYCHRONY_NAMED_LIST; i++) {
    int outcome = pychrony_fetch(NULL, (pychrony_operation)i, 0, 0, 0);
    check(outcome == PYCHRONY_FAILED, "NULL fetched", i);
  }
  check(pychrony_begin(NULL, PYCHRONY_RECORD, 0, 0, 0) == PYCHRONY_FAILED, "NULL began", 0);
  check(pychrony_resume(NULL, 0) == PYCHRONY_FAILED, "NULL resumed", 0);
  check(pychrony_step(NULL, 0) == PYCHRONY_FAILED, "NULL stepped", 0);
  check(pychrony_get_wake_at(NULL) == 0 && pychrony_get_fd(NULL) == -1, "NULL waits", 0);
  check(pychrony_get_failure(NULL)->error == CHRONY_UNEXPECTED_CALL, "NULL failed otherwise", 0);
  check(!pychrony_has_answered(NULL), "NULL was answered", 0);
  pychrony_remove_files(NULL);
  pychrony_free(NULL);
}

int main(void) {
  world.now = NANOSECONDS;
  world.round_trip = POLL_TAKES;
  world.peer = "127.0.0.1";
  world.n_sources = 3;
  try_without_connection();
  do {
    failing++;
    n_allocations = 0;
    try_all();
  } while (n_allocations >= failing);
  printf("%ld\n", failing - 1);
  return 0;
}

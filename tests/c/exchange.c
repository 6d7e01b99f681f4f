/* The binding's exchanges in a pretended world, where they depend on time.

     exchange looks PEER MICROSECONDS...   reads once for each round trip, on one connection to PEER;
                                           prints how often each read looked for its answer
     exchange silent PEER                  the same for a read that is never answered, after one
                                           that is: how often it looked, and asked
     exchange lossy SEED READS             reads on so many fresh connections, 20 ms away, with two
                                           seconds for each and one datagram in twenty lost; prints
                                           how many got no answer
     exchange timeouts                     prints how many timeouts the system refused
     exchange list SOURCES                 reads the list of so many, then something else; prints how
                                           many bytes the connection had for it, and has
     exchange far MILLISECONDS SOURCES     reads the list of so many of a chronyd that far away; prints
                                           how often it asked, and how many milliseconds it took
     exchange restarted                    reads where the first request is refused; prints how many
                                           timeouts the system refused, the round trip, and how
                                           long the answer was waited for
     exchange integer VALUE                reads a field of which the library says that it is so
                                           much, and prints what it is */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "pretended.h"

enum { TRACKING = 0, SOURCES = 1, POLL_AT = PYCHRONY_TEXT_SIZE };

static const int64_t SECOND = NANOSECONDS;
static int64_t integer;

int64_t __wrap_chrony_get_field_integer(chrony_session *s, int field);

int64_t __wrap_chrony_get_field_integer(chrony_session *s, int field) {
  (void)s, (void)field;
  return integer;
}

static void give_up(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  exit(2);
}

static pychrony_connection *open_connection(void) {
  pychrony_connection *c = pychrony_new();

  pretended_forget();
  if (c == NULL || pychrony_open(c, "127.0.0.1:323") != 0) give_up("opening");
  return c;
}

static int finish(pychrony_connection *c, int outcome, int64_t deadline) {
  while (outcome == PYCHRONY_AGAIN) outcome = pychrony_resume(c, deadline);
  return outcome;
}

static int read_report(pychrony_connection *c, int report, int64_t seconds) {
  int64_t deadline = world.now + seconds * SECOND;

  return finish(c, pychrony_fetch(c, report, 0, deadline), deadline);
}

static void look(int n, char **microseconds) {
  pychrony_connection *c = open_connection();

  for (int i = 0; i < n; i++) {
    world.round_trip = atol(microseconds[i]) * 1000;
    world.polls = 0;
    if (read_report(c, TRACKING, 2) < 0) give_up("reading");
    printf("%ld%c", world.polls, i < n - 1 ? ' ' : '\n');
  }
  pychrony_free(c);
}

static void wait_in_vain(void) {
  pychrony_connection *c = open_connection();

  world.round_trip = POLL_TAKES;
  if (read_report(c, TRACKING, 2) < 0) give_up("reading");
  world.round_trip = -1;
  world.polls = world.sends = 0;
  if (read_report(c, TRACKING, 2) != PYCHRONY_TIMED_OUT) give_up("getting no answer");
  printf("%ld %ld\n", world.polls, world.sends);
  pychrony_free(c);
}

static void lose(long reads) {
  long unanswered = 0;

  world.round_trip = 20 * MILLISECONDS;
  world.lost = 0.05;
  for (long i = 0; i < reads; i++) {
    pychrony_connection *c = open_connection();
    if (read_report(c, TRACKING, 2) < 0) unanswered++;
    pychrony_free(c);
  }
  printf("%ld\n", unanswered);
}

static void set_timeouts(void) {
  pychrony_connection *c = open_connection();

  for (int64_t timeout = 1; timeout < 3 * SECOND; timeout += 499) {
    connection_set_receive_timeout(c, timeout);
    if (timeout % 1000 == 0) timeout += SECOND / 1000; /* not each of them */
  }
  for (int64_t timeout = SECOND - 3000; timeout < SECOND + 3000; timeout++)
    connection_set_receive_timeout(c, timeout);
  printf("%ld\n", world.timeouts_refused);
  pychrony_free(c);
}

static void read_list(int n_sources) {
  pychrony_connection *c = open_connection();
  int64_t deadline = world.now + 60 * SECOND;

  world.n_sources = (uint16_t)n_sources;
  world.round_trip = POLL_TAKES;
  if (finish(c, pychrony_fetch_list(c, SOURCES, deadline), deadline) != n_sources)
    give_up("reading");
  printf("%zu ", c->list_capacity);
  if (read_report(c, TRACKING, 2) < 0) give_up("reading");
  printf("%zu\n", c->list_capacity);
  pychrony_free(c);
}

static void read_far_list(int64_t milliseconds, int n_sources) {
  pychrony_connection *c = open_connection();
  int64_t begin = world.now, deadline = begin + 60 * SECOND;

  world.n_sources = (uint16_t)n_sources;
  world.round_trip = milliseconds * MILLISECONDS;
  if (finish(c, pychrony_fetch_list(c, SOURCES, deadline), deadline) != n_sources)
    give_up("reading");
  printf("%ld %ld\n", world.sends, (long)((world.now - begin) / MILLISECONDS));
  pychrony_free(c);
}

static void read_after_restart(void) {
  pychrony_connection *c = open_connection();

  world.round_trip = MILLISECONDS;
  world.refusals = 1;
  if (read_report(c, TRACKING, 2) < 0) give_up("reading");
  printf("%ld %lld %lld\n", world.timeouts_refused, (long long)c->round_trip, (long long)c->waited);
  pychrony_free(c);
}

static void read_integer(int64_t value) {
  pychrony_connection *c = open_connection();
  int layout;
  int64_t found;

  integer = value;
  layout = read_report(c, SOURCES, 2);
  if (layout < 0) give_up("reading");
  memcpy(&found, pychrony_get_layout(c, layout)->record + POLL_AT, sizeof found);
  printf("%lld\n", (long long)found);
  pychrony_free(c);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";

  world.now = SECOND;
  world.peer = "127.0.0.1";
  if (strcmp(what, "looks") == 0 && argc > 3) {
    world.peer = argv[2];
    look(argc - 3, argv + 3);
  } else if (strcmp(what, "silent") == 0 && argc == 3) {
    world.peer = argv[2];
    wait_in_vain();
  } else if (strcmp(what, "lossy") == 0 && argc == 4) {
    world.chance = (uint64_t)atol(argv[2]);
    lose(atol(argv[3]));
  } else if (strcmp(what, "timeouts") == 0) {
    set_timeouts();
  } else if (strcmp(what, "list") == 0 && argc == 3) {
    read_list(atoi(argv[2]));
  } else if (strcmp(what, "far") == 0 && argc == 4) {
    read_far_list(atol(argv[2]), atoi(argv[3]));
  } else if (strcmp(what, "restarted") == 0) {
    read_after_restart();
  } else if (strcmp(what, "integer") == 0 && argc == 3) {
    read_integer(atol(argv[2]));
  } else {
    give_up("reading the arguments");
  }
  return 0;
}

/* The binding's exchanges in a pretended world, where they depend on time.

     exchange spins PEER MICROSECONDS...   reads once for each round trip, on one connection to PEER;
                                           prints how many turns each read spun for its answer
     exchange crowded NANOSECONDS READS    reads once where other work takes the processor for so long
                                           when it is handed over, and so often where none does;
                                           prints how many of these reads spun
     exchange silent PEER                  the same for a read that is never answered, after one
                                           that is; prints how many turns it spun, and how many
                                           requests it sent
     exchange lossy SEED READS             reads on so many fresh connections, 20 ms away, with two
                                           seconds for each and one datagram in twenty lost; prints
                                           how many got no answer
     exchange timeouts                     prints how many timeouts the system refused
     exchange list SOURCES                 reads the list of so many with their names, then something
                                           else; prints how many bytes the connection had for the
                                           records, and for how many names it had room; then the same
                                           of what it has afterwards
     exchange far MILLISECONDS SOURCES     reads the list of so many of a chronyd that far away; prints
                                           how many requests it sent, and how many milliseconds it took
     exchange distant MILLISECONDS SECONDS reads once from a chronyd that far away, with so many
                                           seconds for it; prints the same
     exchange names MILLISECONDS SOURCES LOST REFUSED
                                           reads such a list with the names of the sources, where
                                           the request of one number gets lost, and of another is
                                           refused (0: of none); prints also how many sources have a
                                           name
     exchange restarted                    reads where the first request is refused; prints how many
                                           timeouts the system refused, the round trip, and how
                                           long the answer was waited for
     exchange full TIMES ROOM SOURCES      reads the list of so many where so many requests find no
                                           room, and then there is room for so many at a time; prints
                                           what the first step came to, and the requests sent
     exchange step SOURCES                 reads the list of so many of a chronyd that answers at once;
                                           prints what the first step came to
     exchange flooded                      reads where datagrams that answer nothing come without end;
                                           prints how many the first step took, how long after the
                                           deadline the end came, and the requests sent
     exchange integer VALUE                reads a field of which the library says that it is so
                                           much, and prints what it is */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "pretended.h"

enum { TRACKING = 0, SOURCES = 1, SOURCESTATS = 2, POLL_AT = PYCHRONY_TEXT_SIZE };

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

  return finish(c, pychrony_fetch(c, PYCHRONY_RECORD, report, 0, deadline), deadline);
}

static void read_with_names(pychrony_connection *c, int n_sources) {
  int64_t deadline = world.now + 60 * SECOND;
  int outcome = pychrony_fetch(c, PYCHRONY_NAMED_LIST, SOURCESTATS, 0, deadline);

  if (finish(c, outcome, deadline) != n_sources) give_up("reading");
}

static void spin(int n, char **arguments) {
  char **microseconds = arguments + 1;
  pychrony_connection *c;

  world.peer = arguments[0];
  c = open_connection();
  for (int i = 0; i < n - 1; i++) {
    world.round_trip = atol(microseconds[i]) * 1000;
    world.polls = 0;
    if (read_report(c, TRACKING, 2) < 0) give_up("reading");
    printf("%ld%c", world.polls, i < n - 2 ? ' ' : '\n');
  }
  pychrony_free(c);
}

static void read_beside_work(int n, char **arguments) {
  long reads = atol(arguments[1]), spun = 0;
  pychrony_connection *c = open_connection();

  (void)n;
  world.round_trip = POLL_TAKES;
  if (read_report(c, TRACKING, 2) < 0) give_up("reading");
  for (long i = -1; i < reads; i++) {
    world.yielding = i < 0 ? atol(arguments[0]) : 0;
    world.polls = 0;
    if (read_report(c, TRACKING, 2) < 0) give_up("reading");
    spun += i >= 0 && world.polls > 0;
  }
  printf("%ld\n", spun);
  pychrony_free(c);
}

static void wait_in_vain(int n, char **arguments) {
  pychrony_connection *c;

  (void)n;
  world.peer = arguments[0];
  c = open_connection();
  world.round_trip = POLL_TAKES;
  if (read_report(c, TRACKING, 2) < 0) give_up("reading");
  world.round_trip = -1;
  world.polls = world.sends = 0;
  if (read_report(c, TRACKING, 2) != PYCHRONY_TIMED_OUT) give_up("getting no answer");
  printf("%ld %ld\n", world.polls, world.sends);
  pychrony_free(c);
}

static void lose(int n, char **arguments) {
  long reads = atol(arguments[1]), unanswered = 0;

  (void)n;
  world.chance = (uint64_t)atol(arguments[0]);
  world.round_trip = 20 * MILLISECONDS;
  world.lost = 0.05;
  for (long i = 0; i < reads; i++) {
    pychrony_connection *c = open_connection();
    if (read_report(c, TRACKING, 2) < 0) unanswered++;
    pychrony_free(c);
  }
  printf("%ld\n", unanswered);
}

static void set_timeouts(int n, char **arguments) {
  pychrony_connection *c = open_connection();

  (void)n, (void)arguments;
  world.round_trip = -1;
  for (int64_t timeout = 1; timeout < 20 * SECOND; timeout += timeout / 7 + 1) {
    int64_t deadline = world.now + timeout;
    if (finish(c, pychrony_fetch(c, PYCHRONY_RECORD, TRACKING, 0, deadline), deadline) != PYCHRONY_TIMED_OUT)
      give_up("getting no answer");
    if (world.now != deadline) give_up("ending in time");
  }
  printf("%ld\n", world.timeouts_refused);
  pychrony_free(c);
}

static void read_list(int n, char **arguments) {
  pychrony_connection *c = open_connection();
  int n_sources = atoi(arguments[0]);

  (void)n;
  world.n_sources = (uint16_t)n_sources;
  world.round_trip = POLL_TAKES;
  read_with_names(c, n_sources);
  printf("%zu %d ", c->list_capacity, c->sources_capacity);
  if (read_report(c, TRACKING, 2) < 0) give_up("reading");
  printf("%zu %d\n", c->list_capacity, c->sources_capacity);
  pychrony_free(c);
}

static void read_far_list(int n, char **arguments) {
  pychrony_connection *c = open_connection();
  int64_t begin = world.now, deadline = begin + 60 * SECOND;
  int n_sources = atoi(arguments[1]);

  (void)n;
  world.n_sources = (uint16_t)n_sources;
  world.round_trip = atol(arguments[0]) * MILLISECONDS;
  if (finish(c, pychrony_fetch(c, PYCHRONY_LIST, SOURCES, 0, deadline), deadline) != n_sources)
    give_up("reading");
  printf("%ld %ld\n", world.sends, (long)((world.now - begin) / MILLISECONDS));
  pychrony_free(c);
}

static void read_distant(int n, char **arguments) {
  pychrony_connection *c = open_connection();
  int64_t begin = world.now;

  (void)n;
  world.round_trip = atol(arguments[0]) * MILLISECONDS;
  if (read_report(c, TRACKING, atol(arguments[1])) < 0) give_up("reading");
  printf("%ld %ld\n", world.sends, (long)((world.now - begin) / MILLISECONDS));
  pychrony_free(c);
}

static void read_names(int n, char **arguments) {
  pychrony_connection *c = open_connection();
  int64_t begin = world.now;
  int n_sources = atoi(arguments[1]), n_names = 0;

  (void)n;
  world.n_sources = (uint16_t)n_sources;
  world.round_trip = atol(arguments[0]) * MILLISECONDS;
  world.lost_request = atol(arguments[2]);
  world.refused_request = atol(arguments[3]);
  read_with_names(c, n_sources);
  for (int i = -1; i <= n_sources; i++) n_names += pychrony_get_source_name(c, i) != NULL;
  printf("%ld %ld %d\n", world.sends, (long)((world.now - begin) / MILLISECONDS), n_names);
  pychrony_free(c);
}

static void read_after_restart(int n, char **arguments) {
  pychrony_connection *c = open_connection();

  (void)n, (void)arguments;
  world.round_trip = MILLISECONDS;
  world.refusals = 1;
  if (read_report(c, TRACKING, 2) < 0) give_up("reading");
  printf("%ld %lld %lld\n", world.timeouts_refused, (long long)c->round_trip, (long long)c->waited);
  pychrony_free(c);
}

static void read_without_room(int n, char **arguments) {
  pychrony_connection *c = open_connection();
  int64_t deadline = world.now + 2 * SECOND;
  int n_sources = atoi(arguments[2]);

  (void)n;
  world.n_sources = (uint16_t)n_sources;
  world.round_trip = MILLISECONDS;
  world.room = atoi(arguments[1]);
  world.refusals = atoi(arguments[0]);
  world.refusal = EAGAIN;
  if (exchange_begin(c, PYCHRONY_LIST, SOURCES, 0) != GO_ON) give_up("beginning");
  printf("%d ", exchange_step(c, world.now, deadline));
  if (finish(c, PYCHRONY_AGAIN, deadline) != n_sources) give_up("reading");
  printf("%ld\n", world.sends);
  pychrony_free(c);
}

static void read_in_one_step(int n, char **arguments) {
  pychrony_connection *c = open_connection();

  (void)n;
  world.n_sources = (uint16_t)atoi(arguments[0]);
  if (exchange_begin(c, PYCHRONY_LIST, SOURCES, 0) != GO_ON) give_up("beginning");
  printf("%d\n", exchange_step(c, world.now, world.now + SECOND));
  pychrony_free(c);
}

static void read_in_flood(int n, char **arguments) {
  pychrony_connection *c = open_connection();
  int64_t deadline = world.now + SECOND;

  (void)n, (void)arguments;
  world.round_trip = MILLISECONDS;
  world.flooded = true;
  if (exchange_begin(c, PYCHRONY_RECORD, TRACKING, 0) != GO_ON) give_up("beginning");
  if (exchange_step(c, world.now, deadline) != PYCHRONY_WANTS_READ) give_up("the first step");
  printf("%ld ", world.receives);
  if (finish(c, PYCHRONY_AGAIN, deadline) != PYCHRONY_TIMED_OUT) give_up("getting no answer");
  printf("%lld %ld\n", (long long)(world.now - deadline), world.sends);
  pychrony_free(c);
}

static void read_integer(int n, char **arguments) {
  pychrony_connection *c = open_connection();
  int layout;
  int64_t found;

  (void)n;
  integer = atol(arguments[0]);
  layout = read_report(c, SOURCES, 2);
  if (layout < 0) give_up("reading");
  memcpy(&found, pychrony_get_layout(c, layout)->record + POLL_AT, sizeof found);
  printf("%lld\n", (long long)found);
  pychrony_free(c);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int n_arguments; /* at the least */
    void (*run)(int n, char **arguments);
  } things[] = {{"spins", 2, spin},       {"silent", 1, wait_in_vain},
                {"crowded", 2, read_beside_work},
                {"lossy", 2, lose},       {"timeouts", 0, set_timeouts},
                {"list", 1, read_list},   {"far", 2, read_far_list},
                {"distant", 2, read_distant},
                {"names", 4, read_names},
                {"integer", 1, read_integer}, {"restarted", 0, read_after_restart},
                {"full", 3, read_without_room}, {"flooded", 0, read_in_flood},
                {"step", 1, read_in_one_step}};

  world.now = SECOND;
  world.peer = "127.0.0.1";
  for (size_t i = 0; argc > 1 && i < sizeof things / sizeof *things; i++) {
    if (strcmp(argv[1], things[i].name) != 0 || argc - 2 < things[i].n_arguments) continue;
    things[i].run(argc - 2, argv + 2);
    return 0;
  }
  give_up("reading the arguments");
  return 2;
}

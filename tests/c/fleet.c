/* Fleets, on servers that answer, are silent, or flood.

     fleet many PLACES TARGETS   prints how many targets answered, each with its own port
     fleet silent                prints how many answered, and how many timed out at their deadline
     fleet check                 asks twice on each connection; prints how often it was opened
     fleet again                 goes through what makes a place told of, and no more
     fleet failing PLACES        prints how many were told of by each poll
     fleet woken                 wakes it from a thread, and by a signal
     fleet flooded               prints how many answered of twenty beside three that are flooded,
                                 and how many of these timed out
     fleet extended              gives more time to a silent one
     fleet freed                 frees it with exchanges under way
     fleet nothing               passes NULL, and places that are not there */
#define _DEFAULT_SOURCE
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleet_tools.h"

/* Whether a place has the record that its own server sent to its own port. */
static bool has_own_record(const pychrony_fleet *f, int place, int number) {
  const pychrony_connection *c = pychrony_fleet_get_connection(f, place);
  const pychrony_layout *layout = pychrony_get_layout(c, number);
  const pychrony_list *list = pychrony_get_list(c);
  struct sockaddr_in own = {0};
  socklen_t size = sizeof own;
  uint64_t reference_id;

  getsockname(pychrony_get_fd(c), (struct sockaddr *)&own, &size);
  if (strcmp(layout->fields[0].name, "reference ID") != 0 || list->n_records != 1) return false;
  memcpy(&reference_id, list->bytes, sizeof reference_id);
  return reference_id == ntohs(own.sin_port) && list->size == layout->size;
}

static void read_many(char **arguments) {
  int n_places = atoi(arguments[0]), n_targets = atoi(arguments[1]), n_begun = 0, n_right = 0;
  pychrony_fleet *f = make_fleet(n_places);
  server s;

  server_start(&s, ANSWERING, NULL);
  for (; n_begun < n_places; n_begun++) begin(f, n_begun, &s, 60 * SECOND);
  for (int n_over = 0; n_over < n_targets;) {
    int n = poll_fleet(f);
    n_over += n;
    for (int i = 0; i < n; i++) {
      int place = pychrony_fleet_get_places(f)[i], outcome = pychrony_fleet_get_outcomes(f)[i];
      if (outcome >= 0 && has_own_record(f, place, outcome)) n_right++;
      if (n_begun++ < n_targets)
        begin(f, place, &s, 60 * SECOND);
      else
        pychrony_fleet_close(f, place);
    }
  }
  printf("%d\n", n_right);
  pychrony_fleet_free(f);
  server_end(&s);
}

static void time_out(char **arguments) {
  pychrony_fleet *f = make_fleet(16);
  server s, silent;
  int n_answered = 0, n_timed_out = 0;
  int64_t begun = now();

  (void)arguments;
  server_start(&s, ANSWERING, NULL);
  server_start(&silent, SILENT, NULL);
  for (int i = 0; i < 8; i++) begin(f, i, &s, 60 * SECOND);
  for (int i = 8; i < 16; i++) begin(f, i, &silent, (i - 7) * SECOND / 10);
  while (n_answered + n_timed_out < 16) {
    int n = poll_fleet(f);
    for (int i = 0; i < n; i++) {
      int place = pychrony_fleet_get_places(f)[i], outcome = pychrony_fleet_get_outcomes(f)[i];
      int64_t taken = now() - begun;
      n_answered += place < 8 && outcome >= 0;
      n_timed_out += outcome == PYCHRONY_TIMED_OUT && taken >= (place - 7) * SECOND / 10;
      pychrony_fleet_close(f, place);
    }
  }
  check(server_has_received(&silent, 9), "requests were sent again");
  printf("%d %d\n", n_answered, n_timed_out);
  pychrony_fleet_free(f);
  server_end(&silent);
  server_end(&s);
}

static void ask_twice(char **arguments) {
  pychrony_fleet *f = make_fleet(1);
  server s;

  (void)arguments;
  server_start(&s, ANSWERING, NULL);
  begin(f, 0, &s, 60 * SECOND);
  check(get_outcome(f) >= 0, "it answered");
  pychrony_fleet_ask(f, 0, PYCHRONY_LIST, SOURCES, now() + 60 * SECOND);
  check(get_outcome(f) == 0, "it has no sources");
  printf("%u\n", pychrony_get_counts(pychrony_fleet_get_connection(f, 0))->opened);
  pychrony_fleet_free(f);
  server_end(&s);
}

static void tell_again(char **arguments) {
  pychrony_fleet *f = make_fleet(2);
  server s, silent;

  (void)arguments;
  server_start(&s, ANSWERING, NULL);
  server_start(&silent, SILENT, NULL);
  check(!is_readable(f, 0) && pychrony_fleet_poll(f, 0) == 0, "an empty fleet tells nothing");
  begin(f, 1, &s, 60 * SECOND);
  for (int i = 0; i < 3; i++) {
    check(poll_fleet(f) == 1 && pychrony_fleet_get_places(f)[0] == 1, "it is told again");
    check(is_readable(f, 0), "it is readable");
  }
  begin(f, 1, &silent, 60 * SECOND);
  check(falls_silent(f), "it is not told once it is begun");
  begin(f, 1, &s, 60 * SECOND);
  poll_fleet(f);
  pychrony_fleet_close(f, 1);
  check(falls_silent(f), "it is not told once it is closed");
  check(pychrony_fleet_get_connection(f, 1) == NULL, "nothing is there");
  begin(f, 1, &silent, SECOND / 20);
  do check(is_readable(f, 60000), "it is readable when a place is due");
  while (pychrony_fleet_poll(f, 0) == 0);
  check(get_outcome(f) == PYCHRONY_TIMED_OUT, "it timed out");
  pychrony_fleet_free(f);
  server_end(&silent);
  server_end(&s);
}

static void fail_at_once(char **arguments) {
  int n_places = atoi(arguments[0]), n;
  pychrony_fleet *f = make_fleet(n_places);

  for (int i = 0; i < n_places; i++)
    pychrony_fleet_begin(f, i, "nonsense", PYCHRONY_RECORD, TRACKING, now() + 60 * SECOND);
  while (is_readable(f, 0)) {
    n = pychrony_fleet_poll(f, 0);
    printf("%d ", n);
    for (int i = 0; i < n; i++) {
      check(pychrony_fleet_get_outcomes(f)[i] == PYCHRONY_FAILED, "it failed");
      pychrony_fleet_close(f, pychrony_fleet_get_places(f)[i]);
    }
  }
  printf("\n");
  pychrony_fleet_free(f);
}

static void *wake(void *fleet) {
  pychrony_fleet_wake(fleet);
  return NULL;
}

static void *send_signal(void *thread) {
  usleep(1000);
  pthread_kill(*(pthread_t *)thread, SIGUSR1);
  return NULL;
}

static void ignore(int number) { (void)number; }

/* How long a poll takes at the least, of several, that would wait for 50 ms. */
static int64_t time_poll(pychrony_fleet *f, void *(*disturb)(void *), void *argument) {
  int64_t least = 60 * SECOND, begun;
  pthread_t thread;

  for (int i = 0; i < 20; i++) {
    begun = now();
    check(pthread_create(&thread, NULL, disturb, argument) == 0, "the thread is started");
    check(pychrony_fleet_poll(f, begun + 60 * SECOND) == 0, "nothing is told of");
    if (now() - begun < least) least = now() - begun;
    pthread_join(thread, NULL);
    pychrony_fleet_poll(f, 0);
  }
  return least;
}

static void disturb(char **arguments) {
  struct sigaction action = {.sa_handler = ignore};
  pychrony_fleet *f = make_fleet(1);
  pthread_t self = pthread_self(), thread;

  (void)arguments;
  sigaction(SIGUSR1, &action, NULL);
  pthread_create(&thread, NULL, wake, f);
  check(is_readable(f, 60000), "it is readable when it was woken");
  pthread_join(thread, NULL);
  check(pychrony_fleet_poll(f, now() + 60 * SECOND) == 0, "nothing is told of");
  check(!is_readable(f, 0), "it is not readable after that");
  check(time_poll(f, wake, f) < SECOND / 40, "a thread ends a wait");
  check(time_poll(f, send_signal, &self) < SECOND / 40, "a signal ends a wait");
  pychrony_fleet_free(f);
}

static void flood_many(char **arguments) {
  enum { FLOODED = 3, OTHERS = 20 };
  static server flooding[FLOODED];
  pychrony_fleet *f = make_fleet(FLOODED + OTHERS);
  int n_answered = 0, n_timed_out = 0;
  server s;

  (void)arguments;
  server_start(&s, ANSWERING, NULL);
  for (int i = 0; i < FLOODED; i++) {
    server_start(&flooding[i], FLOODING, NULL);
    begin(f, i, &flooding[i], SECOND);
  }
  for (int i = FLOODED; i < FLOODED + OTHERS; i++) begin(f, i, &s, 60 * SECOND);
  while (n_answered + n_timed_out < FLOODED + OTHERS) {
    int n = poll_fleet(f);
    for (int i = 0; i < n; i++) {
      int place = pychrony_fleet_get_places(f)[i], outcome = pychrony_fleet_get_outcomes(f)[i];
      n_answered += place >= FLOODED && outcome >= 0;
      n_timed_out += place < FLOODED && outcome == PYCHRONY_TIMED_OUT;
      pychrony_fleet_close(f, place);
    }
  }
  printf("%d %d\n", n_answered, n_timed_out);
  pychrony_fleet_free(f);
  for (int i = 0; i < FLOODED; i++) server_end(&flooding[i]);
  server_end(&s);
}

static void extend_time(char **arguments) {
  pychrony_fleet *f = make_fleet(2);
  int64_t begun = now();
  server silent;

  (void)arguments;
  server_start(&silent, SILENT, NULL);
  begin(f, 1, &silent, SECOND / 20);
  pychrony_fleet_extend(f, SECOND / 5);
  check(get_outcome(f) == PYCHRONY_TIMED_OUT, "it is silent");
  check(now() - begun >= SECOND / 4, "it had more time");
  pychrony_fleet_extend(f, SECOND);
  check(pychrony_fleet_poll(f, 0) == 1, "what is over is over");
  pychrony_fleet_free(f);
  server_end(&silent);
}

static void free_early(char **arguments) {
  int before = count_descriptors();
  pychrony_fleet *f;
  server s, silent;

  (void)arguments;
  server_start(&s, ANSWERING, NULL);
  server_start(&silent, SILENT, NULL);
  f = make_fleet(30);
  for (int i = 0; i < 20; i++) begin(f, i, i % 2 == 0 ? &s : &silent, 60 * SECOND);
  poll_fleet(f);
  begin(f, 0, &s, 60 * SECOND);
  pychrony_fleet_free(f);
  server_end(&silent);
  server_end(&s);
  check(count_descriptors() == before, "all descriptors are closed");
}

static void use_nothing(char **arguments) {
  pychrony_fleet *f = make_fleet(2);
  int places[] = {-1, 2, 1 << 30};

  (void)arguments;
  pychrony_fleet_begin(NULL, 0, "127.0.0.1", PYCHRONY_RECORD, TRACKING, 0);
  pychrony_fleet_ask(NULL, 0, PYCHRONY_RECORD, TRACKING, 0);
  pychrony_fleet_close(NULL, 0);
  pychrony_fleet_extend(NULL, SECOND);
  pychrony_fleet_wake(NULL);
  check(pychrony_fleet_poll(NULL, now() + SECOND) == 0, "NULL tells nothing");
  check(pychrony_fleet_get_fd(NULL) == -1, "NULL has no descriptor");
  check(pychrony_fleet_get_places(NULL) != NULL, "its places can be unpacked");
  check(pychrony_fleet_get_outcomes(NULL) != NULL, "its outcomes can be unpacked");
  check(pychrony_fleet_get_connection(NULL, 0) == NULL, "NULL has no connection");
  pychrony_fleet_free(NULL);
  for (int i = 0; i < 3; i++) {
    pychrony_fleet_begin(f, places[i], "127.0.0.1", PYCHRONY_RECORD, TRACKING, now() + SECOND);
    pychrony_fleet_ask(f, places[i], PYCHRONY_RECORD, TRACKING, now() + SECOND);
    pychrony_fleet_close(f, places[i]);
    check(pychrony_fleet_get_connection(f, places[i]) == NULL, "no place has no connection");
  }
  check(pychrony_fleet_poll(f, 0) == 0, "they are not told of");
  pychrony_fleet_ask(f, 0, PYCHRONY_RECORD, TRACKING, now() + SECOND);
  check(get_outcome(f) == PYCHRONY_FAILED, "nobody is asked in an empty place");
  pychrony_fleet_free(f);
  check(pychrony_fleet_new(0) == NULL && pychrony_fleet_new(-1) == NULL, "a fleet has places");
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int n_arguments;
    void (*run)(char **arguments);
  } things[] = {{"many", 2, read_many},      {"silent", 0, time_out},
                {"check", 0, ask_twice},     {"again", 0, tell_again},
                {"failing", 1, fail_at_once}, {"woken", 0, disturb},
                {"flooded", 0, flood_many},  {"freed", 0, free_early},
                {"nothing", 0, use_nothing}, {"extended", 0, extend_time}};

  for (size_t i = 0; argc > 1 && i < sizeof things / sizeof *things; i++) {
    if (strcmp(argv[1], things[i].name) != 0 || argc - 2 != things[i].n_arguments) continue;
    things[i].run(argv + 2);
    return 0;
  }
  check(false, "the arguments are known");
}

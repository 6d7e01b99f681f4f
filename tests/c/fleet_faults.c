/* Fleets, where the system says no, chronyd is restarted, or a process forks.

     fleet_faults restarted PATH      asks a server at a path, and then another one there
     fleet_faults forked              uses a fleet in a forked process, and then in its parent
     fleet_faults held                closes a socket that a forked process keeps, and sends to it
     fleet_faults descriptors SPARE   prints how many descriptors a fleet takes, and how many of a
                                      hundred answer where there are so many spare ones
     fleet_faults memory              prints how many allocations there are; each fails once */
#define _DEFAULT_SOURCE
#include <chrony.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocations.h"
#include "fleet_tools.h"

/* How long the answer takes of a server that was started anew on its path. */
static int64_t time_restart(const char *path) {
  pychrony_fleet *f = make_fleet(1);
  int64_t begun, taken;
  server s;

  server_start(&s, SILENT, path);
  do { /* until it is asked in time */
    begin(f, 0, &s, SECOND / 20);
    check(get_outcome(f) == PYCHRONY_TIMED_OUT, "it is silent");
  } while (server_count_requests(&s) == 0);
  server_end(&s);
  server_start(&s, ANSWERING, path);
  begun = now();
  pychrony_fleet_ask(f, 0, PYCHRONY_RECORD, TRACKING, begun + 60 * SECOND);
  check(get_outcome(f) >= 0, "the other one answers");
  taken = now() - begun;
  check(pychrony_get_counts(pychrony_fleet_get_connection(f, 0))->opened == 2, "it is reopened");
  pychrony_fleet_free(f);
  server_end(&s);
  return taken;
}

/* A request is sent again after a second. */
static void restart_server(char **arguments) {
  int64_t least = 60 * SECOND, taken;

  for (int i = 0; i < 5; i++) {
    taken = time_restart(arguments[0]);
    if (taken < least) least = taken;
  }
  check(least < SECOND * 9 / 10, "the new socket is watched");
}

/* End the child when its parent says so, or has ended. */
static void end_child(const int ends[2]) {
  char byte;

  close(ends[1]);
  _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
}

static void wait_for_child(const int ends[2]) {
  int status;

  close(ends[1]);
  check(wait(&status) > 0 && status == 0, "the child ended well");
}

static void use_in_child(pychrony_fleet *f, pychrony_fleet *idle, const server *s) {
  const pychrony_connection *c = pychrony_fleet_get_connection(f, 1);
  int64_t wake_at = pychrony_get_wake_at(c);

  pychrony_fleet_ask(f, 1, PYCHRONY_RECORD, TRACKING, now() + SECOND / 20);
  check(pychrony_get_wake_at(c) == wake_at, "nobody is asked in a child");
  pychrony_fleet_close(f, 1);
  begin(f, 0, s, 60 * SECOND);
  check(pychrony_fleet_poll(f, now() + SECOND / 20) == 0, "it tells nothing in a child");
  pychrony_fleet_free(f);
  begin(idle, 0, s, 60 * SECOND);
  pychrony_fleet_wake(idle);
}

static void fork_process(char **arguments) {
  pychrony_fleet *f = make_fleet(2), *idle = make_fleet(1);
  server s, silent;
  int ends[2], used[2], n_over = 0;
  char byte;

  (void)arguments;
  server_start(&s, ANSWERING, NULL);
  server_start(&silent, SILENT, NULL);
  begin(f, 0, &s, 60 * SECOND);
  begin(f, 1, &silent, SECOND);
  check(pipe(ends) == 0 && pipe(used) == 0, "there are pipes");
  if (fork() == 0) {
    use_in_child(f, idle, &s);
    close(used[1]);
    end_child(ends);
  }
  close(used[1]);
  check(read(used[0], &byte, 1) == 0, "the child is done");
  check(!is_readable(idle, 100), "an idle fleet is not touched");
  while (n_over < 2) {
    int n = poll_fleet(f);
    for (int i = 0; i < n; i++) {
      int place = pychrony_fleet_get_places(f)[i], outcome = pychrony_fleet_get_outcomes(f)[i];
      check(place == 0 ? outcome >= 0 : outcome == PYCHRONY_TIMED_OUT, "as if there was no child");
      pychrony_fleet_close(f, place);
    }
    n_over += n;
  }
  wait_for_child(ends);
  pychrony_fleet_free(idle);
  pychrony_fleet_free(f);
  server_end(&silent);
  server_end(&s);
}

/* What epoll watches is the open socket, which the child keeps. */
static void hold_socket(char **arguments) {
  pychrony_fleet *f = make_fleet(1);
  struct sockaddr_in client = {0};
  socklen_t size = sizeof client;
  server silent;
  int n_polls = 0, ends[2];

  (void)arguments;
  server_start(&silent, SILENT, NULL);
  begin(f, 0, &silent, 60 * SECOND);
  getsockname(pychrony_get_fd(pychrony_fleet_get_connection(f, 0)), (struct sockaddr *)&client,
              &size);
  check(pipe(ends) == 0, "there is a pipe");
  if (fork() == 0) end_child(ends);
  pychrony_fleet_close(f, 0);
  check(sendto(silent.fd, "late", 4, 0, (struct sockaddr *)&client, size) == 4, "it is sent");
  for (; is_readable(f, 100) && n_polls < 10; n_polls++) pychrony_fleet_poll(f, 0);
  check(n_polls < 10, "it is not readable forever");
  wait_for_child(ends);
  pychrony_fleet_free(f);
  server_end(&silent);
}

static void limit_descriptors(int n) {
  struct rlimit limit;

  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = (rlim_t)n;
  check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "descriptors are limited");
}

/* Whether a failure says that there are too many sockets. The system's libchrony opens a file for
   each session, and says no more of that. */
static bool says_too_many(const pychrony_failure *failure) {
  return failure->system_error == EMFILE || failure->error == CHRONY_NO_RANDOM;
}

static int count_for_fleet(int n_used) {
  pychrony_fleet *f;

  for (int n = 0;; n++) {
    limit_descriptors(n_used + n);
    f = pychrony_fleet_new(1);
    if (f != NULL) {
      pychrony_fleet_free(f);
      return n;
    }
    check(errno == EMFILE, "there are no descriptors");
    limit_descriptors(n_used + 100);
    check(count_descriptors() == n_used, "those it had are closed");
  }
}

static void lack_descriptors(char **arguments) {
  int spare = atoi(arguments[0]), n_failed = 0, n_answered = 0, n_used;
  int put_back[100], n_put_back = 0;
  pychrony_fleet *f;
  server s;

  server_start(&s, ANSWERING, NULL);
  n_used = count_descriptors();
  printf("%d ", count_for_fleet(n_used));
  limit_descriptors(n_used + 100);
  f = make_fleet(100);
  limit_descriptors(count_descriptors() + spare);
  for (int i = 0; i < 100; i++) begin(f, i, &s, 60 * SECOND);
  while (n_answered < 100) {
    int n = poll_fleet(f);
    for (int i = 0; i < n; i++) {
      int place = pychrony_fleet_get_places(f)[i], outcome = pychrony_fleet_get_outcomes(f)[i];
      const pychrony_connection *c = pychrony_fleet_get_connection(f, place);
      check(outcome >= 0 || says_too_many(pychrony_get_failure(c)), "there are too many");
      n_failed += outcome < 0;
      n_answered += outcome >= 0;
      pychrony_fleet_close(f, place);
      if (outcome < 0) put_back[n_put_back++] = place;
      if (outcome >= 0 && n_put_back > 0) begin(f, put_back[--n_put_back], &s, 60 * SECOND);
    }
  }
  check(n_failed >= 100 - spare, "there were too many");
  printf("%d\n", n_answered);
  pychrony_fleet_free(f);
  server_end(&s);
}

static void lack_memory(char **arguments) {
  pychrony_fleet *f;
  server s;
  int outcome;

  (void)arguments;
  server_start(&s, ANSWERING, NULL);
  do {
    failing++;
    n_allocations = 0;
    f = pychrony_fleet_new(2);
    check(f != NULL || (errno == ENOMEM && n_allocations >= failing), "there is no memory");
    for (int i = 0; f != NULL && i < 2; i++) {
      begin(f, i, &s, 60 * SECOND);
      outcome = get_outcome(f);
      if (outcome < 0) {
        const pychrony_connection *c = pychrony_fleet_get_connection(f, i);
        const pychrony_failure *failure = pychrony_get_failure(c);
        check(outcome == PYCHRONY_FAILED && n_allocations >= failing, "it failed for that");
        check(failure->system_error == ENOMEM || failure->error == CHRONY_NO_MEMORY, "it says so");
        begin(f, i, &s, 60 * SECOND);
        check(get_outcome(f) >= 0, "it works afterwards");
      }
      pychrony_fleet_close(f, i);
    }
    pychrony_fleet_free(f);
  } while (n_allocations >= failing);
  printf("%ld\n", failing - 1);
  server_end(&s);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int n_arguments;
    void (*run)(char **arguments);
  } things[] = {{"restarted", 1, restart_server},
                {"forked", 0, fork_process},
                {"held", 0, hold_socket},
                {"descriptors", 1, lack_descriptors},
                {"memory", 0, lack_memory}};

  for (size_t i = 0; argc > 1 && i < sizeof things / sizeof *things; i++) {
    if (strcmp(argv[1], things[i].name) != 0 || argc - 2 != things[i].n_arguments) continue;
    things[i].run(argv + 2);
    return 0;
  }
  check(false, "the arguments are known");
}

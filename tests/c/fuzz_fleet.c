/* Takes a fleet through what a fuzzer's input says, as fuzz_steps.c does with one connection. Time,
   epoll and the timer are pretended here, so that nothing is waited for, and so that it can be seen
   whether anything is forgotten.

   An input is a series of events. Each is a byte and what belongs to it. The fleet is polled after
   each, unless its `h` is set:

     000h00oo PLACE REPORT UNTIL   begin an exchange of operation o in a place
     000h01oo PLACE REPORT UNTIL   the same on the place's connection, if it is open
     000h1xxx PLACE                close a place
     001ttttt                      let 2^t microseconds pass; from 29 on, poll until something comes
     010heeee TIMES                that many times a datagram cannot be sent, by errno e
     011heeee TIMES                ... received
     100heeee TIMES                ... a socket be opened
     101h00xx PLACE TIMES          so many datagrams come that answer nothing
     101h01xx TIMES                that many times epoll cannot watch a socket
     101h1xxx TIMES                ... is interrupted by a signal
     110hsskk PLACE ...            an answer, as in fuzz_steps.c
     111hxxSs PLACE ...            a datagram

   In the end nothing comes any more, and each exchange that is under way has to end by itself. */
#define _GNU_SOURCE /* syscall */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "check_outcome.h"
#include "fuzz.h"
#include "scripted.h"

enum { PLACES = 4, MOST_TOLD = 64, MOST_POLLS = 2000, HELD = 0x10, WAIT = 29 };

static const int64_t MICROSECOND = 1000, LONGEST_WAIT = 51 * MILLISECONDS;

typedef struct {
  pychrony_operation operation;
  int64_t deadline;
  bool under_way;
} asked;

typedef struct {
  pychrony_fleet *fleet;
  asked places[PLACES];
} fuzzed;

/* The pretended system. */

static struct {
  int64_t now, timer_at;
  int epoll, timer, event;
  uint64_t timer_number;
  scripted_fault watching, interrupts;
} pretended;

static int open_something(int *fd) { return *fd = open("/dev/null", O_RDWR | O_CLOEXEC); }

static bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

int clock_gettime(clockid_t clock, struct timespec *t) {
  if (clock != CLOCK_MONOTONIC) return (int)syscall(SYS_clock_gettime, clock, t);
  t->tv_sec = (time_t)(pretended.now / NANOSECONDS);
  t->tv_nsec = (long)(pretended.now % NANOSECONDS);
  return 0;
}

int epoll_create1(int flags) {
  (void)flags;
  return open_something(&pretended.epoll);
}

int timerfd_create(clockid_t clock, int flags) {
  check(clock == CLOCK_MONOTONIC && flags != 0, "a timer");
  return open_something(&pretended.timer);
}

int eventfd(unsigned value, int flags) {
  check(value == 0 && flags != 0, "an event");
  return open_something(&pretended.event);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *time, struct itimerspec *old) {
  check(fd == pretended.timer && flags == TFD_TIMER_ABSTIME && old == NULL, "a timer's time");
  pretended.timer_at = time->it_value.tv_sec * NANOSECONDS + time->it_value.tv_nsec;
  return 0;
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
  scripted_socket *s = scripted_find(fd);

  check(epoll == pretended.epoll, "epoll");
  if (fd == pretended.timer) pretended.timer_number = event->data.u64;
  if (fd == pretended.timer || fd == pretended.event) return 0;
  check(s != NULL, "a socket that is open");
  check(s->is_known == (operation == EPOLL_CTL_MOD), "a socket is added once");
  check((event->events & EPOLLONESHOT) != 0, "a socket is told once");
  if (scripted_fails(&pretended.watching)) return -1;
  s->is_known = true;
  s->number = event->data.u64;
  s->watched = event->events & (EPOLLIN | EPOLLOUT);
  return 0;
}

static bool is_ready(const scripted_socket *s) {
  return s->fd >= 0 && ((s->watched & EPOLLOUT) != 0 ||
                        ((s->watched & EPOLLIN) != 0 && scripted_is_readable(s)));
}

static bool has_expired(void) {
  return pretended.timer_at != 0 && pretended.timer_at <= pretended.now;
}

/* Whether the fleet's descriptor is readable. */
static bool is_readable(void) {
  bool is_any_ready = has_expired();

  for (int i = 0; i < SCRIPTED_SOCKETS; i++) is_any_ready |= is_ready(&scripted.sockets[i]);
  return is_any_ready;
}

static int take_ready(struct epoll_event *events) {
  int n = 0;

  if (has_expired()) events[n++].data.u64 = pretended.timer_number;
  for (int i = 0; i < SCRIPTED_SOCKETS; i++) {
    scripted_socket *s = &scripted.sockets[i];
    if (!is_ready(s)) continue;
    events[n++].data.u64 = s->number;
    s->watched = 0;
  }
  return n;
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int milliseconds) {
  int64_t end = pretended.now + milliseconds * MILLISECONDS;

  check(epoll == pretended.epoll && most > SCRIPTED_SOCKETS && milliseconds >= 0, "a wait");
  if (scripted_fails(&pretended.interrupts)) return -1;
  if (is_readable() || milliseconds == 0) return take_ready(events);
  pretended.now = pretended.timer_at != 0 && pretended.timer_at < end ? pretended.timer_at : end;
  return take_ready(events);
}

/* The fleet. */

/* The socket of a place. NULL: it has none. */
static scripted_socket *socket_of(const fuzzed *f, int place) {
  return scripted_find(pychrony_get_fd(pychrony_fleet_get_connection(f->fleet, place)));
}

static void take_told(fuzzed *f, int place, int outcome) {
  asked *a;

  check(place >= 0 && place < PLACES, "a place's number");
  a = &f->places[place];
  check(a->under_way, "a place that is asked something");
  check(outcome != PYCHRONY_TIMED_OUT || pretended.now >= a->deadline, "an early end");
  if (pychrony_fleet_get_connection(f->fleet, place)->layouts != NULL)
    check_outcome(pychrony_fleet_get_connection(f->fleet, place), a->operation, outcome);
  a->under_way = false;
}

/* Each exchange goes on when its socket is ready, and when its time comes. */
static void check_nothing_is_forgotten(const fuzzed *f) {
  for (int i = 0; i < PLACES; i++) {
    const pychrony_connection *c = pychrony_fleet_get_connection(f->fleet, i);
    if (!f->places[i].under_way) continue;
    check(socket_of(f, i) != NULL && socket_of(f, i)->watched != 0, "a socket is watched");
    check(pretended.timer_at != 0 && pretended.timer_at <= pychrony_get_wake_at(c), "the timer");
    check(pychrony_get_wake_at(c) <= f->places[i].deadline, "a step due after the deadline");
  }
}

/* Poll, and close the places that are told of. Returns how many that were. */
static int poll_fleet(fuzzed *f, int64_t until) {
  int64_t before = pretended.now;
  int n = pychrony_fleet_poll(f->fleet, until);
  const int *places = pychrony_fleet_get_places(f->fleet);

  check(n >= 0 && n <= MOST_TOLD, "how many places are told of");
  check(pretended.now <= before + LONGEST_WAIT, "a wait that is too long");
  check(until > before || pretended.now == before, "a wait that is not wanted");
  check(n == 0 || is_readable(), "a place to tell of, and the descriptor says nothing");
  for (int i = 0; i < n; i++) {
    take_told(f, places[i], pychrony_fleet_get_outcomes(f->fleet)[i]);
    pychrony_fleet_close(f->fleet, places[i]);
  }
  check_nothing_is_forgotten(f);
  return n;
}

/* Poll until there is nothing to do any more: that must not take long. */
static void poll_all(fuzzed *f) {
  int n_polls = 0;

  for (; n_polls < MOST_POLLS && (n_polls == 0 || is_readable()); n_polls++)
    poll_fleet(f, pretended.now);
  check(n_polls < MOST_POLLS, "a descriptor that stays readable");
}

/* Events. */

static int take_place(input *in) { return take_byte(in) % PLACES; }

static void ask(fuzzed *f, uint8_t event, input *in) {
  int place = take_place(in), report = take_byte(in) % chrony_get_number_supported_reports();
  const char *address = place % 2 == 0 ? "192.0.2.1:323" : "/nowhere/chronyd.sock";
  int64_t deadline = pretended.now + (MICROSECOND << take_byte(in) % 25);
  pychrony_operation operation = (pychrony_operation)(event & 3);
  bool anew = (event & 4) == 0 || socket_of(f, place) == NULL;

  f->places[place] = (asked){operation, deadline, true};
  if (anew) {
    pychrony_fleet_begin(f->fleet, place, address, operation, report, deadline);
    return;
  }
  scripted_forget_requests(socket_of(f, place));
  pychrony_fleet_ask(f->fleet, place, operation, report, deadline);
}

static void close_place(fuzzed *f, input *in) {
  int place = take_place(in);

  pychrony_fleet_close(f->fleet, place);
  f->places[place].under_way = false;
}

static void pass_time(fuzzed *f, uint8_t event) {
  if ((event & 31) >= WAIT)
    poll_fleet(f, INT64_MAX);
  else
    pretended.now += MICROSECOND << (event & 31);
}

static void set_other_fault(fuzzed *f, uint8_t event, input *in) {
  int place;

  if ((event & 8) != 0) {
    pretended.interrupts = (scripted_fault){take_byte(in) % 8, EINTR};
  } else if ((event & 4) != 0) {
    pretended.watching = (scripted_fault){take_byte(in), ENOSPC};
  } else {
    place = take_place(in);
    scripted_flood(socket_of(f, place), take_byte(in));
  }
}

static void take_event(fuzzed *f, input *in) {
  uint8_t event = take_byte(in);
  bool is_held = event & HELD;
  int place = event >> 5 >= 6 ? take_place(in) : 0;

  switch (event >> 5) {
    case 0: (event & 8) != 0 ? close_place(f, in) : ask(f, event, in); break;
    case 1:
      pass_time(f, event);
      is_held = false;
      break;
    case 2: scripted_set_fault(&scripted.sending, event, in); break;
    case 3: scripted_set_fault(&scripted.receiving, event, in); break;
    case 4: scripted_set_fault(&scripted.opening, event, in); break;
    case 5: set_other_fault(f, event, in); break;
    case 6: scripted_answer(socket_of(f, place), event, in); break;
    default: scripted_let_come(socket_of(f, place), event, in);
  }
  if (!is_held) poll_all(f);
}

static bool is_any_under_way(const fuzzed *f) {
  bool is_any = false;

  for (int i = 0; i < PLACES; i++) is_any |= f->places[i].under_way;
  return is_any;
}

/* Nothing comes any more, and nothing fails. */
static void end_in_silence(fuzzed *f) {
  scripted.sending.times = scripted.receiving.times = scripted.opening.times = 0;
  pretended.watching.times = pretended.interrupts.times = 0;
  poll_all(f);
  for (int i = 0; i < MOST_POLLS && is_any_under_way(f); i++) poll_fleet(f, INT64_MAX);
  check(!is_any_under_way(f), "an exchange without an end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  fuzzed f = {0};

  scripted_reset();
  memset(&pretended, 0, sizeof pretended);
  pretended.now = NANOSECONDS;
  f.fleet = pychrony_fleet_new(PLACES);
  check(f.fleet != NULL, "a fleet");
  while (in.left > 0) take_event(&f, &in);
  end_in_silence(&f);
  pychrony_fleet_free(f.fleet);
  check(scripted_count_open() == 0, "a socket is left");
  check(!is_open(pretended.epoll) && !is_open(pretended.timer) && !is_open(pretended.event),
        "a descriptor is left");
  return 0;
}

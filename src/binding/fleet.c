/* A window of connections behind one descriptor. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "records.h"
#include "step.h"

/* At most so many places are reported, so many sockets looked at, and so many due places stepped by
   a poll. An event loop gets its turn in between. */
enum { MAX_REPORTED = 64 };

/* How long a poll waits at the most before Python may look at signals. */
#define SIGNAL_POLL_NS (50 * MILLISECONDS)

/* A time that has passed, and one that never comes. */
#define PASSED INT64_C(1)
#define NEVER INT64_MAX

typedef struct {
  pychrony_connection *connection; /* NULL: none */
  int64_t deadline;
  /* What epoll knows of the connection's socket: how often it had been opened when it was added (0:
     it was not), and what it is watched for. Epoll reports that once, so that a socket which a
     forked process keeps open cannot make the descriptor readable forever. */
  unsigned opened;
  uint32_t watched;
  int outcome; /* of the exchange that is over */
  int over_at; /* where the place is among those that are over; negative: it is not */
} place;

struct pychrony_fleet {
  int epoll, timer, event;
  pid_t process; /* that made it */
  known_layouts layouts;
  int n_places;
  place *places;
  int64_t *wake_at;    /* when a step is due, by place; NEVER where no exchange is under way */
  int64_t earliest;    /* no place is due before */
  int64_t timer_at;    /* when the timer is to expire; PASSED: it has, and the descriptor is
                          readable */
  int first_to_look_at; /* among the due places, so that each has its turn */
  int *over;           /* the places whose exchange is over */
  int n_over;
  int reported[MAX_REPORTED], outcomes[MAX_REPORTED];
};

/* What a place has where there was no memory for a connection. */
static const pychrony_connection no_memory = {
    .failure = {CHRONY_NO_MEMORY, ENOMEM, PYCHRONY_CONNECTING}, .fd = -1};

/* What the places and outcomes of NULL are: none, but no null pointer, which cffi would refuse. */
static const int no_number;

/* Not so in a forked process: epoll, the timer and the event are its parent's. */
static bool is_ours(const pychrony_fleet *f) { return f->process == getpid(); }

static bool has_place(const pychrony_fleet *f, int number) {
  return f != NULL && number >= 0 && number < f->n_places;
}

/* Let the timer expire at once where a place is over, else when the first one is due. A timer that
   expires too early does no harm, and is left alone. */
static void set_timer(pychrony_fleet *f) {
  int64_t at = f->n_over > 0 ? PASSED : f->earliest;
  struct itimerspec time = {0};

  if (at == f->timer_at || (at > f->timer_at && f->timer_at != PASSED) || !is_ours(f)) return;
  if (at != NEVER)
    time.it_value = (struct timespec){(time_t)(at / NANOSECONDS), (long)(at % NANOSECONDS)};
  timerfd_settime(f->timer, TFD_TIMER_ABSTIME, &time, NULL);
  f->timer_at = at;
}

static void add_over(pychrony_fleet *f, int number, int outcome) {
  f->wake_at[number] = NEVER;
  f->places[number].outcome = outcome;
  f->places[number].over_at = f->n_over;
  f->over[f->n_over++] = number;
}

/* Forget the place's exchange. */
static void remove_exchange(pychrony_fleet *f, int number) {
  place *p = &f->places[number];

  f->wake_at[number] = NEVER;
  if (p->over_at < 0) return;
  f->over[p->over_at] = f->over[--f->n_over];
  f->places[f->over[p->over_at]].over_at = p->over_at;
  p->over_at = -1;
}

static void remove_connection(pychrony_fleet *f, int number) {
  place *p = &f->places[number];

  remove_exchange(f, number);
  pychrony_free(p->connection); /* epoll forgets a socket that is closed */
  p->connection = NULL;
  p->opened = 0;
  p->watched = 0;
}

/* Watch the connection's socket for what its exchange wants. */
static bool watch(pychrony_fleet *f, int number, int wanted) {
  place *p = &f->places[number];
  pychrony_connection *c = p->connection;
  struct epoll_event event = {.events = EPOLLONESHOT, .data.u64 = (uint64_t)number};
  bool is_new = p->opened != c->counts.opened;

  event.events |= wanted == PYCHRONY_WANTS_WRITE ? EPOLLOUT : EPOLLIN;
  if (!is_new && p->watched == event.events) return true;
  if (epoll_ctl(f->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &event) != 0) {
    c->failure.stage = PYCHRONY_CONNECTING;
    exchange_fail(c, CHRONY_SEND_FAILED, errno);
    return false;
  }
  p->opened = c->counts.opened;
  p->watched = event.events;
  return true;
}

/* Note what a step came to. */
static void take_outcome(pychrony_fleet *f, int number, int outcome) {
  bool goes_on = outcome == PYCHRONY_WANTS_READ || outcome == PYCHRONY_WANTS_WRITE;
  int64_t wake_at;

  if (!goes_on) {
    add_over(f, number, outcome);
  } else if (watch(f, number, outcome)) {
    wake_at = f->places[number].connection->exchange.wake_at;
    f->wake_at[number] = wake_at;
    if (wake_at < f->earliest) f->earliest = wake_at;
  } else {
    add_over(f, number, PYCHRONY_FAILED);
  }
}

static void step(pychrony_fleet *f, int number, int64_t now) {
  place *p = &f->places[number];

  take_outcome(f, number, exchange_step(p->connection, now, p->deadline));
}

static void begin(pychrony_fleet *f, int number, pychrony_operation operation, int report,
                  int64_t deadline) {
  place *p = &f->places[number];
  int outcome = exchange_begin(p->connection, operation, report, 0);

  p->deadline = deadline;
  if (outcome == GO_ON) {
    p->connection->exchange.sends_only = true;
    outcome = exchange_step(p->connection, step_now(), deadline);
    p->connection->exchange.sends_only = false;
  }
  take_outcome(f, number, outcome);
}

void pychrony_fleet_begin(pychrony_fleet *f, int number, const char *address,
                          pychrony_operation operation, int report, int64_t deadline) {
  pychrony_connection *c;

  if (!has_place(f, number)) return;
  remove_connection(f, number);
  f->places[number].connection = c = pychrony_new();
  if (c != NULL) c->layouts = &f->layouts;
  if (c != NULL && pychrony_open(c, address) == 0 && c->process == f->process)
    begin(f, number, operation, report, deadline);
  else
    add_over(f, number, PYCHRONY_FAILED);
  set_timer(f);
}

void pychrony_fleet_ask(pychrony_fleet *f, int number, pychrony_operation operation, int report,
                        int64_t deadline) {
  if (!has_place(f, number) || !is_ours(f)) return;
  remove_exchange(f, number);
  begin(f, number, operation, report, deadline);
  set_timer(f);
}

void pychrony_fleet_close(pychrony_fleet *f, int number) {
  if (!has_place(f, number)) return;
  remove_connection(f, number);
  set_timer(f);
}

void pychrony_fleet_extend(pychrony_fleet *f, int64_t time) {
  for (int i = 0; f != NULL && i < f->n_places; i++)
    if (f->wake_at[i] != NEVER) f->places[i].deadline += time;
}

/* Step the places whose sockets are ready, after a wait where no place is over. False: a signal or
   another thread ended it. */
static bool step_ready(pychrony_fleet *f, int64_t now, int64_t end) {
  struct epoll_event events[MAX_REPORTED];
  bool waits = f->n_over == 0 && now < end;
  int milliseconds = waits ? (int)((end - now + MILLISECONDS - 1) / MILLISECONDS) : 0;
  int n = epoll_wait(f->epoll, events, MAX_REPORTED, milliseconds);
  bool is_undisturbed = n >= 0;
  uint64_t count;

  now = step_now();
  for (int i = 0; i < n; i++) {
    int number = (int)events[i].data.u64;
    if (number == f->n_places) {
      f->timer_at = PASSED;
    } else if (number > f->n_places) {
      is_undisturbed = read(f->event, &count, sizeof count) < 0;
    } else {
      f->places[number].watched = 0;
      if (f->wake_at[number] != NEVER) step(f, number, now);
    }
  }
  return is_undisturbed;
}

/* Step the places that are due. */
static void step_due(pychrony_fleet *f, int64_t now) {
  int number = f->first_to_look_at, n_steps = 0;
  int64_t earliest = NEVER;

  for (int i = 0; i < f->n_places; i++, number++) {
    if (number == f->n_places) number = 0;
    if (f->wake_at[number] <= now && n_steps < MAX_REPORTED) {
      step(f, number, now);
      n_steps++;
      f->first_to_look_at = (number + 1) % f->n_places;
    }
    if (f->wake_at[number] < earliest) earliest = f->wake_at[number];
  }
  f->earliest = earliest;
}

int pychrony_fleet_poll(pychrony_fleet *f, int64_t until) {
  int64_t now = step_now(), end = now + SIGNAL_POLL_NS;
  bool goes_on = true;
  int n;

  if (f == NULL || !is_ours(f)) return 0;
  if (until < end) end = until;
  do {
    if (f->n_over < MAX_REPORTED) goes_on = step_ready(f, now, end);
    now = step_now();
    if (now >= f->earliest) step_due(f, now);
    set_timer(f);
  } while (f->n_over == 0 && goes_on && now < end);
  n = f->n_over < MAX_REPORTED ? f->n_over : MAX_REPORTED;
  for (int i = 0; i < n; i++) {
    f->reported[i] = f->over[i];
    f->outcomes[i] = f->places[f->over[i]].outcome;
  }
  return n;
}

static bool add_descriptor(pychrony_fleet *f, int fd, int number) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)number};

  return fd >= 0 && epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Epoll reports the timer and the event as the places after the last one. */
static bool open_descriptors(pychrony_fleet *f) {
  f->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (f->epoll < 0) return false;
  f->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (!add_descriptor(f, f->timer, f->n_places)) return false;
  f->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return add_descriptor(f, f->event, f->n_places + 1);
}

pychrony_fleet *pychrony_fleet_new(int n_places) {
  size_t n = n_places > 0 ? (size_t)n_places : 0;
  pychrony_fleet *f;
  int saved;

  errno = EINVAL;
  f = n == 0 ? NULL : calloc(1, sizeof *f);
  if (f == NULL) return NULL;
  f->epoll = f->timer = f->event = -1;
  f->process = getpid();
  f->earliest = f->timer_at = NEVER;
  f->places = calloc(n, sizeof *f->places);
  f->wake_at = calloc(n, sizeof *f->wake_at);
  f->over = calloc(n, sizeof *f->over);
  if (f->places != NULL && f->wake_at != NULL && f->over != NULL) {
    f->n_places = n_places;
    for (int i = 0; i < f->n_places; i++) {
      f->places[i].over_at = -1;
      f->wake_at[i] = NEVER;
    }
    if (open_descriptors(f)) return f;
  }
  saved = errno;
  pychrony_fleet_free(f);
  errno = saved;
  return NULL;
}

void pychrony_fleet_free(pychrony_fleet *f) {
  if (f == NULL) return;
  for (int i = 0; i < f->n_places; i++) pychrony_free(f->places[i].connection);
  if (f->epoll >= 0) close(f->epoll);
  if (f->timer >= 0) close(f->timer);
  if (f->event >= 0) close(f->event);
  records_free_layouts(&f->layouts);
  free(f->places);
  free(f->wake_at);
  free(f->over);
  free(f);
}

int pychrony_fleet_get_fd(const pychrony_fleet *f) { return f == NULL ? -1 : f->epoll; }

const int *pychrony_fleet_get_places(const pychrony_fleet *f) {
  return f == NULL ? &no_number : f->reported;
}

const int *pychrony_fleet_get_outcomes(const pychrony_fleet *f) {
  return f == NULL ? &no_number : f->outcomes;
}

const pychrony_connection *pychrony_fleet_get_connection(const pychrony_fleet *f, int number) {
  const place *p = has_place(f, number) ? &f->places[number] : NULL;

  if (p != NULL && p->connection == NULL && p->over_at >= 0) return &no_memory;
  return p == NULL ? NULL : p->connection;
}

void pychrony_fleet_wake(pychrony_fleet *f) {
  uint64_t one = 1;

  /* It can fail only where it was woken very often already. */
  if (f != NULL && is_ours(f) && write(f->event, &one, sizeof one) < 0) return;
}

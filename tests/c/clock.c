/* The interval of a clock at extremes, with pretended readings. It prints what is wrong, and fails. */
#define _GNU_SOURCE /* CLOCK_MONOTONIC_RAW */
#include <stdio.h>
#include <time.h>

#include "binding.h"

#define SECOND INT64_C(1000000000)
#define NOON (INT64_C(1764158400) * SECOND)
#define YEAR (365 * 86400 * SECOND)

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

static int64_t real, raw, takes; /* how long each reading of a clock takes */
static int reads;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now) {
  int64_t time = clock == CLOCK_REALTIME ? real : raw;

  reads++;
  real += takes;
  raw += takes;
  now->tv_sec = (time_t)(time / SECOND);
  now->tv_nsec = (long)(time % SECOND);
  return 0;
}

static int failed;

static void check(const char *what, int64_t found, int64_t expected) {
  if (found == expected) return;
  fprintf(stderr, "%s is %lld, not %lld\n", what, (long long)found, (long long)expected);
  failed = 1;
}

static pychrony_interval read_at(pychrony_anchor a, int64_t age, int64_t moved) {
  real = a.real + age + moved;
  raw = a.raw + age;
  return pychrony_get_interval(&a);
}

int main(void) {
  const pychrony_anchor plain = {NOON, SECOND, 1000, 0.0, 50e-6, 60 * SECOND, INT64_MAX};
  pychrony_anchor a = plain;
  pychrony_interval found;

  check("no anchor", pychrony_get_interval(NULL).outcome, PYCHRONY_TOO_OLD);

  found = read_at(a, 0, 0);
  check("outcome", found.outcome, PYCHRONY_KNOWN);
  check("earliest", found.earliest, NOON - 1001);
  check("latest", found.latest, NOON + 1001);

  found = read_at(a, SECOND, 0); /* 50 ppm of a second more */
  check("earliest after a second", found.earliest, NOON + SECOND - 51001);
  check("latest after a second", found.latest, NOON + SECOND + 51001);

  found = read_at(a, SECOND, 700);
  check("moved", found.moved, 700);
  check("latest of a clock that moved", found.latest, NOON + SECOND + 700 + 51701);
  check("moved backwards", read_at(a, SECOND, -700).moved, -700);
  check("a large step", read_at(a, 0, 1002).outcome, PYCHRONY_MOVED);
  check("a large step backwards", read_at(a, 0, -1002).outcome, PYCHRONY_MOVED);
  check("a step as large as the bound", read_at(a, 0, -1001).outcome, PYCHRONY_KNOWN);

  check("max_age", read_at(a, 60 * SECOND, 0).outcome, PYCHRONY_KNOWN);
  check("more than max_age", read_at(a, 60 * SECOND + 1, 0).outcome, PYCHRONY_TOO_OLD);
  check("before the anchor", read_at(a, -1, 0).outcome, PYCHRONY_TOO_OLD);

  a.until = NOON + SECOND;
  check("within the bound of the end", read_at(a, SECOND - 1000, 0).outcome, PYCHRONY_EXPIRED);
  check("before the end", read_at(a, SECOND / 2, 0).outcome, PYCHRONY_KNOWN);
  a = plain;

  a.frequency = 100e-6; /* 100 ppm too fast */
  check("rate", read_at(a, SECOND, -100000).moved, 0);
  a = plain;

  takes = 400; /* raw, real and raw are 800 ns from end to end: not long */
  reads = 0;
  found = read_at(a, 0, 0);
  check("readings", reads, 3);
  check("latest of a reading that takes", found.latest, NOON + 400 + 400 + 1001 + 2 * 800);
  takes = 4000;
  reads = 0;
  found = read_at(a, 0, 0);
  check("readings of a slow system", reads, 12);
  takes = 0;

  a.bound = 10 * YEAR; /* the largest that Python lets through */
  a.max_age = 1000000 * SECOND;
  a.frequency = 0.1;
  a.drift = 0.1;
  found = read_at(a, a.max_age, 0);
  check("the largest bound", found.outcome, PYCHRONY_KNOWN);
  check("its start", found.earliest, NOON + 800000 * SECOND - 10 * YEAR - 1);
  check("its end", found.latest, NOON + 1200000 * SECOND + 10 * YEAR + 1);
  found = read_at(a, a.max_age, -NOON);
  check("a clock set to 1970", found.outcome, PYCHRONY_MOVED);
  found = read_at(plain, SECOND, INT64_C(7700000000) * SECOND - NOON);
  check("a clock set to 2214", found.outcome, PYCHRONY_MOVED);
  check("its end", found.latest, 0);
  return failed;
}

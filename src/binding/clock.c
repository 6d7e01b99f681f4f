/* The true time, from what was known of the clock at an earlier reading. */
#define _GNU_SOURCE /* CLOCK_MONOTONIC_RAW */
#include <time.h>

#include "connection.h"

/* Between two readings of a clock that follow each other, a thread that runs takes less. */
#define SHORT_NS 1000

enum { MAX_READINGS = 4 };

static int64_t read_clock(clockid_t clock) {
  struct timespec now = {0};

  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

pychrony_reading pychrony_read_clocks(void) {
  pychrony_reading best = {.spread = INT64_MAX}, now;
  int64_t raw;

  for (int i = 0; i < MAX_READINGS && best.spread > SHORT_NS; i++) {
    now.raw = read_clock(CLOCK_MONOTONIC_RAW);
    now.real = read_clock(CLOCK_REALTIME);
    raw = read_clock(CLOCK_MONOTONIC_RAW);
    now.spread = raw - now.raw;
    if (now.spread < best.spread) best = now;
  }
  return best;
}

/* Python has checked what an anchor holds: no sum of it leaves its type. */
pychrony_interval pychrony_get_interval(const pychrony_anchor *a) {
  pychrony_reading now = pychrony_read_clocks();
  pychrony_interval found = {0};
  int64_t age, expected, grown, moved;

  if (a == NULL || now.raw < a->raw || now.raw - a->raw > a->max_age) {
    found.outcome = PYCHRONY_TOO_OLD;
    return found;
  }
  age = now.raw - a->raw;
  expected = age - (int64_t)((double)age * a->frequency);
  found.moved = now.real - a->real - expected;
  moved = found.moved < 0 ? -found.moved : found.moved;
  grown = a->bound + (int64_t)((double)age * a->drift) + 2 * now.spread + 1;
  if (moved > grown) { /* maybe by centuries */
    found.outcome = PYCHRONY_MOVED;
    return found;
  }
  found.earliest = now.real - grown - moved;
  found.latest = now.real + grown + moved;
  if (found.latest >= a->until) found.outcome = PYCHRONY_EXPIRED;
  return found;
}

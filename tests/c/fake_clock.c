/* A preloaded library that gives a process another clock: CLOCK_REALTIME is wrong by what a test
   says, and CLOCK_MONOTONIC_RAW runs at another rate. The true time is the kernel's CLOCK_REALTIME,
   and what the computer slept: the monotonic clocks stood still meanwhile. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define NANOSECONDS 1000000000

typedef int reader(clockid_t, struct timespec *);

int64_t fake_true_time(void);
int64_t fake_error(void);
void fake_step(int64_t by);
void fake_rate(double rate);
void fake_raw_rate(double rate);
void fake_suspend(int64_t time);

static struct {
  unsigned generation; /* odd while it is changed */
  int64_t slept;
  int64_t since, error;
  double rate; /* how much faster than the true time, of one second */
  int64_t raw_since, raw_error;
  double raw_rate;
} state;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int64_t read_kernel(clockid_t clock) {
  static reader *next;
  struct timespec now;
  reader *found = __atomic_load_n(&next, __ATOMIC_ACQUIRE);

  if (found == NULL) {
    *(void **)&found = dlsym(RTLD_NEXT, "clock_gettime");
    __atomic_store_n(&next, found, __ATOMIC_RELEASE);
  }
  found(clock, &now);
  return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

static int64_t error_at(int64_t time) {
  return state.error + (int64_t)((double)(time - state.since) * state.rate);
}

static int64_t raw_error_at(int64_t raw) {
  return state.raw_error + (int64_t)((double)(raw - state.raw_since) * state.raw_rate);
}

/* Read the state while nobody changes it. */
#define READ(result, expression)                                        \
  do {                                                                  \
    unsigned before, after;                                             \
    do {                                                                \
      before = __atomic_load_n(&state.generation, __ATOMIC_SEQ_CST);    \
      (result) = (expression);                                          \
      after = __atomic_load_n(&state.generation, __ATOMIC_SEQ_CST);     \
    } while (before != after || before % 2 != 0);                       \
  } while (0)

static int64_t read_true(void) { return read_kernel(CLOCK_REALTIME) + state.slept; }

int64_t fake_true_time(void) {
  int64_t time;

  READ(time, read_true());
  return time;
}

int64_t fake_error(void) {
  int64_t error;

  READ(error, error_at(read_true()));
  return error;
}

static void begin(void) {
  int64_t now, raw;

  pthread_mutex_lock(&lock);
  __atomic_add_fetch(&state.generation, 1, __ATOMIC_SEQ_CST);
  now = read_true();
  raw = read_kernel(CLOCK_MONOTONIC_RAW);
  state.error = state.since == 0 ? 0 : error_at(now);
  state.since = now;
  state.raw_error = state.raw_since == 0 ? 0 : raw_error_at(raw);
  state.raw_since = raw;
}

static void end(void) {
  __atomic_add_fetch(&state.generation, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&lock);
}

void fake_step(int64_t by) {
  begin();
  state.error += by;
  end();
}

void fake_rate(double rate) {
  begin();
  state.rate = rate;
  end();
}

void fake_raw_rate(double rate) {
  begin();
  state.raw_rate = rate;
  end();
}

void fake_suspend(int64_t time) {
  begin();
  state.slept += time;
  state.since += time;
  end();
}

static int64_t read_wrong(void) {
  int64_t now = read_true();

  return now + error_at(now);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int64_t time = read_kernel(clock);

  if (clock == CLOCK_REALTIME) {
    READ(time, read_wrong());
  } else if (clock == CLOCK_MONOTONIC_RAW) {
    READ(time, time + raw_error_at(time));
  }
  now->tv_sec = time / NANOSECONDS;
  now->tv_nsec = time % NANOSECONDS;
  return 0;
}

/* A preloaded library that gives a process another clock: CLOCK_REALTIME is wrong by what a test
   says, and CLOCK_MONOTONIC_RAW runs at another rate. The true time is what the kernel's clocks
   said at the beginning, and goes on as the kernel's CLOCK_MONOTONIC_RAW, which nobody corrects.
   What the computer slept comes on top: the monotonic clocks stood still meanwhile. */
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
void fake_raw_step(int64_t by);
void fake_suspend(int64_t time);
/* Stop a thread before one in so many readings of a clock, for up to so many nanoseconds. */
void fake_delay(int one_in, int64_t longest);
/* The true time when this thread's CLOCK_REALTIME was last read as `real`. 0: it was not, of late. */
int64_t fake_truth_of(int64_t real);
/* Read the true time, CLOCK_REALTIME and CLOCK_MONOTONIC_RAW at one moment. */
void fake_read_all(int64_t times[3]);

static struct {
  unsigned generation; /* odd while it is changed */
  int64_t slept;
  int64_t origin; /* of the true time */
  int64_t since, error;
  double rate; /* how much faster than the true time, of one second */
  int64_t raw_since, raw_error;
  double raw_rate;
} state;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int one_in;
static int64_t longest;

enum { KEPT = 16 };
static __thread struct {
  struct {
    int64_t real, truth;
  } readings[KEPT];
  unsigned n;
  uint64_t chance;
} mine;

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

static int64_t read_true(void) {
  return read_kernel(CLOCK_MONOTONIC_RAW) + state.origin + state.slept;
}

__attribute__((constructor)) static void set_origin(void) {
  state.origin = read_kernel(CLOCK_REALTIME) - read_kernel(CLOCK_MONOTONIC_RAW);
  state.since = read_true();
  state.raw_since = read_kernel(CLOCK_MONOTONIC_RAW);
}

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
  state.error = error_at(now);
  state.since = now;
  state.raw_error = raw_error_at(raw);
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

void fake_raw_step(int64_t by) {
  begin();
  state.raw_error += by;
  end();
}

void fake_suspend(int64_t time) {
  begin();
  state.slept += time;
  state.since += time;
  end();
}

void fake_delay(int one, int64_t time) {
  __atomic_store_n(&longest, time, __ATOMIC_SEQ_CST);
  __atomic_store_n(&one_in, one, __ATOMIC_SEQ_CST);
}

static uint64_t draw(void) {
  if (mine.chance == 0) mine.chance = (uint64_t)(uintptr_t)&mine;
  mine.chance = mine.chance * 6364136223846793005 + 1442695040888963407;
  return mine.chance >> 33;
}

static void stop_sometimes(void) {
  int one = __atomic_load_n(&one_in, __ATOMIC_SEQ_CST);
  struct timespec time = {0};

  if (one == 0 || draw() % (unsigned)one != 0) return;
  time.tv_nsec = (long)(draw() % (uint64_t)__atomic_load_n(&longest, __ATOMIC_SEQ_CST));
  nanosleep(&time, NULL);
}

static int64_t read_wrong(int64_t *truth) {
  *truth = read_true();
  return *truth + error_at(*truth);
}

int64_t fake_truth_of(int64_t real) {
  for (unsigned i = 1; i <= KEPT && i <= mine.n; i++) {
    unsigned at = (mine.n - i) % KEPT;

    if (mine.readings[at].real == real) return mine.readings[at].truth;
  }
  return 0;
}

static int64_t read_all(int64_t times[3]) {
  int64_t raw = read_kernel(CLOCK_MONOTONIC_RAW);

  times[0] = raw + state.origin + state.slept;
  times[1] = times[0] + error_at(times[0]);
  times[2] = raw + raw_error_at(raw);
  return raw;
}

void fake_read_all(int64_t times[3]) {
  int64_t raw;

  READ(raw, read_all(times));
  (void)raw;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int64_t time, truth;

  if (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC_RAW) stop_sometimes();
  time = read_kernel(clock);
  if (clock == CLOCK_REALTIME) {
    unsigned at = mine.n++ % KEPT;

    READ(time, read_wrong(&truth));
    mine.readings[at].real = time;
    mine.readings[at].truth = truth;
  } else if (clock == CLOCK_MONOTONIC_RAW) {
    READ(time, time + raw_error_at(time));
  }
  now->tv_sec = time / NANOSECONDS;
  now->tv_nsec = time % NANOSECONDS;
  return 0;
}

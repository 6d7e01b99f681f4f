#define _GNU_SOURCE /* ppoll */
#include "pretended.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum { QUEUE = 64, REPLY_SIZE = 520, HEADER = 28 };

typedef struct {
  int64_t due;
  unsigned char bytes[REPLY_SIZE];
} datagram;

pretended_world world;
static datagram queue[QUEUE]; /* in the order of their arrival */
static int n_queued;

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *length);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
                 const sigset_t *mask);
int __wrap_sched_yield(void);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *message, size_t size, int flags);

void pretended_forget(void) { n_queued = 0; }

int __wrap_clock_gettime(clockid_t clock, struct timespec *t) {
  (void)clock;
  t->tv_sec = (time_t)(world.now / 1000000000);
  t->tv_nsec = (long)(world.now % 1000000000);
  return 0;
}

int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *length) {
  struct sockaddr_in *ipv4 = (struct sockaddr_in *)address;
  struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)address;

  (void)fd;
  memset(address, 0, *length);
  address->sa_family = *world.peer == '/' ? AF_UNIX : strchr(world.peer, ':') ? AF_INET6 : AF_INET;
  if (address->sa_family == AF_INET) inet_pton(AF_INET, world.peer, &ipv4->sin_addr);
  if (address->sa_family == AF_INET6) inet_pton(AF_INET6, world.peer, &ipv6->sin6_addr);
  return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout) {
  (void)fds, (void)n, (void)timeout;
  world.polls++;
  world.now += POLL_TAKES;
  return n_queued > 0 && queue[0].due <= world.now;
}

/* Sleep. There is always room to send. */
int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
                 const sigset_t *mask) {
  int64_t end = world.now + timeout->tv_sec * (int64_t)1000000000 + timeout->tv_nsec;

  (void)n, (void)mask;
  if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec > 999999999) {
    world.timeouts_refused++;
    errno = EINVAL;
    return -1;
  }
  if (fds->events & POLLOUT || world.flooded) return 1;
  if (n_queued == 0 || queue[0].due > end) {
    world.now = end;
    return 0;
  }
  if (world.now < queue[0].due) world.now = queue[0].due;
  return 1;
}

int __wrap_sched_yield(void) {
  world.now += world.yielding;
  return 0;
}

/* Each socket is non-blocking. */
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags) {
  (void)fd, (void)flags;
  if (world.flooded) {
    world.receives++;
    world.now += RECEIVING_TAKES;
    memset(buffer, 0, size);
    return (ssize_t)size;
  }
  if (n_queued == 0 || queue[0].due > world.now) {
    errno = EAGAIN;
    return -1;
  }
  world.receives++;
  world.now += RECEIVING_TAKES;
  if (size > REPLY_SIZE) size = REPLY_SIZE;
  memcpy(buffer, queue[0].bytes, size);
  memmove(queue, queue + 1, (size_t)--n_queued * sizeof *queue);
  return (ssize_t)size;
}

static bool gets_lost(void) {
  world.chance = world.chance * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
  return (double)(world.chance >> 11) / (double)(UINT64_C(1) << 53) < world.lost;
}

static unsigned char reply_code(unsigned char command) {
  static const unsigned char codes[][2] = {{14, 2},  {15, 3},  {33, 5},  {34, 6},
                                           {35, 7},  {44, 12}, {51, 13}, {54, 25},
                                           {57, 26}, {65, 19}, {67, 20}, {68, 21},
                                           {69, 23}};

  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (codes[i][0] == command) return codes[i][1];
  return 0;
}

/* Answer as a chronyd that has so many sources, each at 0.0.0.0, and nothing but zeros to tell. */
ssize_t __wrap_send(int fd, const void *message, size_t size, int flags) {
  const unsigned char *request = message;
  datagram answer = {world.now + world.round_trip, {6, 2}};

  (void)fd, (void)flags;
  if (world.refusals > 0) {
    world.refusals--;
    errno = world.refusal != 0 ? world.refusal : ECONNREFUSED;
    return -1;
  }
  if (world.refused_request == world.sends + 1) {
    world.refused_request = 0;
    errno = ECONNREFUSED;
    return -1;
  }
  if (world.room > 0 && n_queued >= world.room) {
    errno = EAGAIN;
    return -1;
  }
  world.sends++;
  if (world.sends == world.lost_request) return (ssize_t)size;
  if (gets_lost() || gets_lost() || world.round_trip < 0 || n_queued == QUEUE) return (ssize_t)size;
  memcpy(answer.bytes + 4, request + 4, 2);
  answer.bytes[7] = reply_code(request[5]);
  memcpy(answer.bytes + 16, request + 8, 4);
  if (request[5] == 14) {
    answer.bytes[HEADER + 2] = (unsigned char)(world.n_sources >> 8);
    answer.bytes[HEADER + 3] = (unsigned char)(world.n_sources & 0xff);
  }
  if (request[5] == 34) answer.bytes[HEADER + 4 + 17] = 1; /* the family of the address */
  if (request[5] == 68) /* a table of one index, with one client */
    answer.bytes[HEADER + 3] = answer.bytes[HEADER + 7] = answer.bytes[HEADER + 11] =
        answer.bytes[HEADER + 12 + 17] = 1;
  queue[n_queued++] = answer;
  return (ssize_t)size;
}

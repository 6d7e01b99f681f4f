#define _POSIX_C_SOURCE 200809L
#include "targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { VERSION = 6, REQUEST = 1, ANSWER = 2, TRACKING = 33 };

struct sockaddr_in target_address(int port, uint32_t number) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK + number)};
}

void write_request(uint32_t sequence, uint8_t to[DATAGRAM]) {
  uint32_t network_order = htonl(sequence);

  memset(to, 0, DATAGRAM);
  to[0] = VERSION;
  to[1] = REQUEST;
  to[5] = TRACKING;
  memcpy(to + 8, &network_order, sizeof network_order);
}

uint32_t read_answer(const uint8_t *from, size_t length) {
  uint32_t network_order;

  if (length != DATAGRAM || from[0] != VERSION || from[1] != ANSWER || from[5] != TRACKING)
    return 0;
  memcpy(&network_order, from + 16, sizeof network_order);
  return ntohl(network_order);
}

void give_up(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static long long read_clock(clockid_t clock) {
  struct timespec t;

  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int answer_lines(int n, char **arguments, void (*ask)(int port, uint32_t n_targets)) {
  long n_targets;

  if (n != 2) give_up("the port is missing");
  while (scanf("%ld", &n_targets) == 1) {
    long long begin = read_clock(CLOCK_MONOTONIC);
    long long cpu_begin = read_clock(CLOCK_PROCESS_CPUTIME_ID);

    ask(atoi(arguments[1]), (uint32_t)n_targets);
    printf("%lld %lld\n", read_clock(CLOCK_MONOTONIC) - begin,
           read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin);
    fflush(stdout);
  }
  return 0;
}

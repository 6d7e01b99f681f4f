/* A pretended world for the binding: its clock, its network and the chronyd at the other end are
   here, so that what depends on time is the same in each run. A program is linked with those
   functions wrapped (--wrap) that pretended.c has. */
#ifndef PRETENDED_H
#define PRETENDED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { POLL_TAKES = 10000, RECEIVING_TAKES = 1000 }; /* nanoseconds */

typedef struct {
  int64_t now;        /* what CLOCK_MONOTONIC says, in nanoseconds */
  int64_t round_trip; /* from a request to its answer; negative: there is none */
  double lost;        /* the part of datagrams that get lost, on either way */
  long lost_request;  /* the number of the one that gets lost, from 1; 0: none */
  long refused_request; /* of the one that is refused, once */
  uint64_t chance;    /* where the next random number comes from */
  uint16_t n_sources; /* that chronyd has */
  int64_t yielding; /* how long sched_yield leaves the processor to other work, in nanoseconds */
  const char *peer;   /* whom sockets seem to be connected to: an IP address, or "/" */
  int refusals;       /* how many requests are refused before one is sent */
  int refusal;        /* by which errno; 0: ECONNREFUSED */
  int room;           /* how many datagrams may be under way before EAGAIN; 0: any number */
  bool flooded;       /* datagrams that answer nothing come without end */
  long sends, receives, polls, timeouts_refused;
} pretended_world;

extern pretended_world world;

/* Forget the datagrams that are under way. */
void pretended_forget(void);

#endif

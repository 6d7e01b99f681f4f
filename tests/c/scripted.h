/* A world for the step machine, in which only that happens which a script tells. Its network is
   here, and so are the library's two functions that open and close sockets. It also ends the
   program where a step would wait. Link it in their place: it defines the functions themselves, for
   a shared library to use them too. */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRIPTED_REQUESTS = 8, SCRIPTED_DATAGRAM = 2048, SCRIPTED_HEADER = 28, SCRIPTED_QUEUE = 32 };

/* What goes wrong: so many times, by this errno. */
typedef struct {
  int times, system_error;
} scripted_fault;

typedef struct {
  uint8_t bytes[SCRIPTED_DATAGRAM];
  size_t length;
} scripted_datagram;

typedef struct {
  scripted_fault sending, receiving, opening;
  int flood; /* datagrams that answer nothing, before those in the queue */
  bool may_not_wait;

  scripted_datagram queue[SCRIPTED_QUEUE]; /* on their way to the client */
  int n_queued;
  scripted_datagram requests[SCRIPTED_REQUESTS]; /* the last ones, in their order */
  int n_requests, n_unanswered;

  int n_sent, n_received;
  int n_failed;  /* how often there was an error in place of a datagram */
  int n_answers; /* that were received to one of the last requests */
  int fd;        /* of the socket that was opened last */
} scripted_world;

extern scripted_world scripted;

/* Let a datagram come. */
void scripted_queue(const uint8_t *bytes, size_t length);

/* Whether a socket is open. */
bool scripted_is_open(void);

/* Whether there is something to receive. */
bool scripted_is_readable(void);

/* Whether a datagram has the header of an answer to one of the last requests. */
bool scripted_is_answer(const scripted_datagram *d);

#endif

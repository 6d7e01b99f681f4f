/* A world for the step machine, in which only that happens which a fuzzer's input tells. Here are
   its network, and the library's two functions that open and close sockets. A step that would wait
   ends the program. The functions themselves are defined, so that a shared library uses them too:
   link this file in their place. */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz.h"

enum {
  SCRIPTED_SOCKETS = 8,
  SCRIPTED_DATAGRAMS = 16,  /* that may be on their way, and requests that are remembered */
  SCRIPTED_DATAGRAM = 1100, /* bytes, more than libchrony receives */
  SCRIPTED_HEADER = 28
};

/* What goes wrong: so many times, by this errno. */
typedef struct {
  int times, system_error;
} scripted_fault;

typedef struct {
  uint8_t bytes[SCRIPTED_DATAGRAM];
  size_t length;
} scripted_datagram;

typedef struct {
  int fd;           /* -1: it is closed */
  bool is_known;    /* to epoll */
  uint64_t number;  /* what epoll is to tell */
  uint32_t watched; /* what epoll watches it for */
  int flood;        /* datagrams that answer nothing, before those in the queue */
  int n_queued, n_requests, n_unanswered;
  int n_answers;                                  /* that were received to one of the requests */
  scripted_datagram queue[SCRIPTED_DATAGRAMS];    /* on their way to the client */
  scripted_datagram requests[SCRIPTED_DATAGRAMS]; /* the last ones, in their order */
} scripted_socket;

typedef struct {
  scripted_fault sending, receiving, opening;
  bool may_not_wait;
  int n_sent, n_received;
  int n_failed; /* how often there was an error in place of a datagram */
  scripted_socket sockets[SCRIPTED_SOCKETS];
} scripted_world;

extern scripted_world scripted;

/* Begin anew. No socket may be open. */
void scripted_reset(void);

/* The open socket with that descriptor; NULL: there is none. */
scripted_socket *scripted_find(int fd);

/* How many sockets are open. */
int scripted_count_open(void);

/* Whether there is something to receive. */
bool scripted_is_readable(const scripted_socket *s);

/* Forget a socket's requests, because an exchange begins. */
void scripted_forget_requests(scripted_socket *s);

/* Let a datagram come, as the rest of an event says; fuzz_steps.c has the events. To no socket
   nothing comes. */
void scripted_answer(scripted_socket *s, uint8_t event, input *in);
void scripted_let_come(scripted_socket *s, uint8_t event, input *in);

/* Let datagrams come that answer nothing. */
void scripted_flood(scripted_socket *s, uint8_t n_datagrams);

/* Set a fault, as the rest of an event says. */
void scripted_set_fault(scripted_fault *fault, uint8_t event, input *in);

/* Whether a fault is due. Sets errno then. */
bool scripted_fails(scripted_fault *fault);

#endif

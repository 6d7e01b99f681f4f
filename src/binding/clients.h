/* The clients of chronyd's NTP server, which libchrony lacks. This file knows the request and the
   reply (clients, command 68).

   chronyd keeps them in a hash table. A request asks for the clients from an index of the table on.
   The reply has eight at the most, the next index to ask from, and the number of indexes. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <chrony.h>
#include <netinet/in.h>

#include "binding.h"
#include "wire.h"

enum {
  CLIENTS_AT_A_TIME = 8,
  CLIENTS_NUMBERS = 13,
  CLIENTS_FIELDS = 1 + CLIENTS_NUMBERS, /* the address, and the numbers */
  CLIENTS_PLACE = 60                    /* bytes of a client in a reply */
};

typedef struct {
  wire_request request;
  uint32_t next;      /* the index to ask from; to be set to 0 before the first request */
  uint32_t n_indexes; /* as the last reply has it */
  bool changed;       /* the number of indexes was another one in the reply before */
  int n_clients;      /* in the last reply */
  uint8_t places[CLIENTS_AT_A_TIME * CLIENTS_PLACE];
} clients;

typedef struct {
  char address[PYCHRONY_TEXT_SIZE]; /* of a size that GCC knows to be enough for any text */
  int64_t numbers[CLIENTS_NUMBERS];
} client;

/* The fields of a client: a text, and the numbers in their order. */
extern const pychrony_field clients_fields[CLIENTS_FIELDS];

/* Send a request for the clients from t->next on. It never resets chronyd's counters. */
chrony_err clients_send(clients *t, int fd);

/* Receive one datagram, as wire_receive does, and take the clients from it. */
chrony_err clients_receive(clients *t, int fd);

/* Whether the last reply was not the end of the table. */
bool clients_has_more(const clients *t);

/* Read a client of the last reply. False: it has no address, and chronyc does not show it. */
bool clients_read(const clients *t, int number, client *to);

#endif

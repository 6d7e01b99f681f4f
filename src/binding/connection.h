/* What a connection remembers. Each concern has a file. transport.c opens, drains, reopens and
   closes. exchange.c sends requests and receives answers, and list.c knows the steps of a list.
   wait.c waits for answers. records.c copies records out of libchrony. source_name.c and clients.c
   know the two messages that libchrony lacks, and wire.c has the headers of both. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <chrony.h>
#include <stdbool.h>
#include <sys/types.h>

#include "binding.h"
#include "clients.h"
#include "source_name.h"

#define NANOSECONDS 1000000000

#define MILLISECONDS ((int64_t)1000000)

/* How long a call waits at the most before Python may look at signals. */
#define SIGNAL_POLL_NS (50 * MILLISECONDS)

/* How long a thread spins for an answer before it sleeps. 0: it never spins. */
#ifndef SPIN_NS
#define SPIN_NS (MILLISECONDS / 10)
#endif

/* The retransmission timer (RTO) says how long an answer is waited for before its request is sent
   again. It doubles each time. While nobody knows how fast this chronyd answers, it is a part of
   the time that is left. The part is small, so that a few lost datagrams cost no answer. It is no
   smaller, because a late answer to an earlier request is not taken any more. */
#define FIRST_RTO_PARTS 8
#define MIN_RTO (50 * MILLISECONDS)
#define MAX_FIRST_RTO (1000 * MILLISECONDS)
#define MAX_RTO (10 * MAX_FIRST_RTO)

/* How many datagrams a step of an exchange takes at the most, so that a flood cannot hold it. */
enum { MAX_DATAGRAMS = 64 };

/* How many requests of a list are in flight at a time. chronyd answers them in their order, and
   need not sleep in between. */
enum { MAX_IN_FLIGHT = 4 };

/* How many bytes of a list a connection keeps for the next one: a server decides how many there are
   of it. */
enum { MEMORY_KEPT = 1 << 18 };

typedef enum { READ_RECORD, READ_LIST, READ_NAME, READ_CLIENTS } operation_kind;

/* A request in flight. Its step is its place in the exchange: the only one, or in a list 0 for the
   count, then the records from 1, over UDP the first record again, and last the count again. For
   the clients each step is the next part of chronyd's table. */
typedef struct {
  int step;
  int64_t sent_at;
  bool has_address;
  char address[SOURCE_ADDRESS_SIZE]; /* of the source it is about, where the list asks for that */
} request;

/* One question to chronyd, with all its requests and answers. It is reset as a whole when the next
   one begins. */
struct exchange {
  operation_kind operation;
  const char *report;
  int record;      /* the index, of a single one */
  bool is_single;  /* the report of a list always has one record */
  bool by_address; /* the report is asked by a source's address, which is looked up first */
  int layout;      /* of the record read */
  int attempts;    /* how often the list was begun */
  bool reopened;

  /* The requests in flight, in the order in which they were sent and will be answered. */
  request requests[MAX_IN_FLIGHT];
  int first, n_in_flight;
  int max_in_flight; /* 1 once an answer was lost */

  int next_step, last_step;
  int n_counted;                           /* how many records a list has */
  char first_address[SOURCE_ADDRESS_SIZE]; /* of its first source */
  source_name name;
  clients clients;

  int64_t rto;           /* how long the next answer is waited for; 0: to be chosen */
  int64_t waiting_since; /* 0: waiting for it has not begun */
  int64_t wake_at;       /* the next step is due, though nothing may have come */
  bool has_spun;         /* once is enough for an answer */
};

/* A layout as Python sees it, and the memory that it points to. */
typedef struct {
  pychrony_layout seen;
  pychrony_field *fields;
  char *names;
  unsigned char *record;
} owned_layout;

struct pychrony_connection {
  pychrony_failure failure;
  pychrony_counts counts;
  owned_layout *layouts;
  int n_layouts;
  pychrony_list list; /* as Python sees it, and the memory that it points to */
  unsigned char *list_bytes;
  int *list_layouts;
  size_t list_capacity; /* in bytes */
  int records_capacity; /* in records */

  char *address;
  int fd;          /* -1 while it could not be opened again */
  pid_t process;   /* that opened it */
  bool is_drained; /* nothing is in flight, and no late answer can come */
  bool is_near;    /* it leads to this computer, by a Unix socket or loopback */

  /* Of the requests in the same places of the exchange. They are kept for the next one. */
  chrony_session *sessions[MAX_IN_FLIGHT];
  struct exchange exchange;

  /* How long the last answer took from its request on, and how long it was waited for, which is
     less where other answers came first. */
  bool has_answered;
  int64_t round_trip, waited;
};

/* Open the socket anew, as a non-blocking one. The sessions are freed. 0, or -1 with errno set. */
int transport_reopen(pychrony_connection *c);

/* Drop late answers, and errors that belong to earlier requests. 0, or -1 with errno set. */
int transport_drain(pychrony_connection *c);

/* Free the sessions. Answers to their requests will not be taken for others. */
void transport_free_sessions(pychrony_connection *c);

/* Forget the records of the last list, and give much memory back. */
void records_clear_list(pychrony_connection *c);

/* Copy the record at hand to its layout's bytes. The layout's number; negative: no memory. */
int records_copy(pychrony_connection *c, chrony_session *s);

/* Append the record at hand to the list; before it, where `address` is not NULL, a text field
   "address". False: no memory. */
bool records_append(pychrony_connection *c, chrony_session *s, const char *address);

/* Append a client to the list. False: no memory. */
bool records_append_client(pychrony_connection *c, const client *from);

/* Copy the field "address" of the record at hand, "" where it is not there. */
void records_copy_address(chrony_session *s, char to[SOURCE_ADDRESS_SIZE]);

void records_free(pychrony_connection *c);

/* Around what makes libchrony 0.2 write to the text that all threads share. Never held while the
   network is waited for. */
void records_lock_texts(void);
void records_unlock_texts(void);

#endif

/* What a connection remembers. Each concern has a file. transport.c opens, drains, reopens and
   closes. exchange.c sends requests and receives answers, and list.c knows the steps of a list.
   wait.c waits for answers, fleet.c for those of many connections. records.c copies records out of
   libchrony. source_name.c and clients.c know the two messages that libchrony lacks, and wire.c has
   the headers of both. names.c keeps the names of a list's sources. */
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

/* chronyd answers requests in their order, and need not sleep in between. */
enum { MAX_IN_FLIGHT = PYCHRONY_MAX_IN_FLIGHT };

/* How many datagrams a step receives at the most, so that a flood cannot hold it. */
enum { MAX_DATAGRAMS = 64 };

/* Holds the text of a source's address. */
enum { SOURCE_ADDRESS_SIZE = 48 };

/* A request in flight. Its step is its place in the exchange: the only one, or in a list 0 for the
   count, then the records from 1, over UDP the first record again, and last the count again. The
   steps of the sources' names follow. For the clients each step is the next part of chronyd's
   table. */
typedef struct {
  int step;
  int64_t sent_at;
  bool has_address;
  char address[SOURCE_ADDRESS_SIZE]; /* of the source it is about, where the list asks for that */
  wire_request for_name;             /* where it is for a name, and has no session */
} request;

/* One question to chronyd, with all its requests and answers. It is reset as a whole when the next
   one begins. */
struct exchange {
  pychrony_operation operation;
  const char *report;
  int record;      /* the index, of a single one */
  bool is_single;  /* the report of a list always has one record */
  bool by_address; /* the report is asked by a source's address, which is looked up first */
  bool with_names; /* the list is read with the names of its sources */
  int layout;      /* of the record read */
  int attempts;    /* how often the list was begun */
  bool reopened;

  /* The requests in flight, in the order in which they were sent and will be answered. */
  request requests[MAX_IN_FLIGHT];
  int first, n_in_flight;
  int max_in_flight; /* 1 once an answer was lost */

  int next_step, last_step;
  int recount_step;                        /* of a list, the one that counts again; 0: not known */
  int n_counted;                           /* how many records a list has */
  char first_address[SOURCE_ADDRESS_SIZE]; /* of its first source */
  clients clients;

  int64_t rto;           /* how long the next answer is waited for; 0: to be chosen */
  int64_t waiting_since; /* 0: waiting for it has not begun */
  int64_t wake_at;       /* the next step is due, though nothing may have come */
  bool has_spun;         /* once is enough for an answer */
  bool sends_only;       /* this step does not receive: no answer can be there yet */
};

/* A source of a list that is read with names. */
typedef struct {
  bool has_address; /* a reference clock has none, and is not asked about */
  bool has_name;
  uint8_t address[WIRE_ADDRESS_SIZE];
  char name[SOURCE_NAME_SIZE];
} named_source;

/* A layout as Python sees it, and the memory that it points to. */
typedef struct {
  pychrony_layout seen;
  pychrony_field *fields;
  char *names;
  unsigned char *record;
} owned_layout;

typedef struct {
  owned_layout *all;
  int n;
} known_layouts;

struct pychrony_connection {
  pychrony_failure failure;
  pychrony_counts counts;
  known_layouts own_layouts;
  known_layouts *layouts; /* its own, or those of its fleet */
  pychrony_list list; /* as Python sees it, and the memory that it points to */
  unsigned char *list_bytes;
  int *list_layouts;
  size_t list_capacity; /* in bytes */
  int records_capacity; /* in records */

  /* Of the list's records, in their order, where they are read with names. */
  named_source *sources;
  int n_sources, sources_capacity;

  char *address;
  int fd;          /* -1 while it could not be opened again */
  pid_t process;   /* that opened it */
  bool is_drained; /* nothing is in flight, and no late answer can come */
  enum { UNKNOWN, NEAR, FAR } distance; /* NEAR: on this computer, by a Unix socket or loopback */

  /* Of the requests in the same places of the exchange. They are kept for the next one. */
  chrony_session *sessions[MAX_IN_FLIGHT];
  struct exchange exchange;

  /* How long the last answer took from its request on, and how long it was waited for, which is
     less where other answers came first. */
  bool has_answered;
  int64_t round_trip, waited;

  int sleeps_left; /* how many waits sleep at once, where they would spin for the answer */
};

#endif

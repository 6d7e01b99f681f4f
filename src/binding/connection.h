/* What a connection remembers. One file for each concern: connection.c opens and closes, exchange.c
   asks, list.c knows the steps of a list, wait.c looks for the answer, record.c copies records out
   of libchrony. source_name.c and clients.c ask what libchrony cannot, by wire.c. */
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
#define SLICE (50 * MILLISECONDS)

/* How long sending may wait for room in chronyd's queue: hardly, for it may hold a lock. */
#define SENDING MILLISECONDS

/* How long a datagram is looked for before the thread goes to sleep for it. 0: never. */
#ifndef LOOKING
#define LOOKING (MILLISECONDS / 10)
#endif

/* How long an answer is waited for before the question is asked again. It doubles each time. While
   nobody knows how fast this chronyd answers it is a part of the time that is left: so small a part
   that a few lost datagrams cost no answer, and no smaller, for a later answer to the first
   question is not taken any more. */
#define PARTS_OF_TIME_LEFT 8
#define MIN_PATIENCE (50 * MILLISECONDS)
#define MAX_PATIENCE (1000 * MILLISECONDS)
#define LONGEST_PATIENCE (10 * MAX_PATIENCE)

/* How many requests for the records of a list are under way at a time. chronyd answers them in
   their order, and need not sleep in between. */
enum { AHEAD = 4 };

/* How many bytes of a list a connection keeps for the next one: a server decides how many there are
   of it. */
enum { MEMORY_KEPT = 1 << 18 };

typedef enum { READ_RECORD, READ_LIST, READ_NAME, READ_CLIENTS } operation_kind;

/* A request that is under way, on a session of its own. Its step is its place in the exchange: the
   only one, or in a list 0 for the count, then the records from 1, over UDP the first record again,
   and last the count again. For the clients each step is the next part of chronyd's table. */
typedef struct {
  chrony_session *session;
  int step;
  int64_t asked_at;
  bool has_address;
  char address[SOURCE_ADDRESS_SIZE]; /* of the source it is about, where the list asks for that */
} question;

struct pychrony_connection {
  pychrony_failure failure;
  pychrony_counts counts;
  pychrony_layout *layouts;
  int n_layouts;
  pychrony_list list;
  size_t list_capacity; /* in bytes */
  int records_capacity; /* in records */
  source_name name;
  clients clients;

  char *address;
  int fd;                  /* -1 while it could not be opened again */
  pid_t process;           /* that opened it */
  int64_t receive_timeout; /* what SO_RCVTIMEO is set to */
  bool settled;            /* nothing is under way: no late answer can come */
  bool is_near;            /* it leads to this computer: a Unix socket, or loopback */

  /* The questions under way, in the order in which they were asked and will be answered. */
  question questions[AHEAD];
  int first, n_asked;

  /* The exchange: what is asked for, how far it has come, and how it goes on. */
  operation_kind operation;
  const char *report;
  int record;      /* the index, of a single one */
  bool is_single;  /* the report of a list always has one record */
  bool by_address; /* the report is asked by a source's address, which is looked up first */
  int next_step, last_step;
  int n_counted; /* the records of a list; its first source's address */
  char first_address[SOURCE_ADDRESS_SIZE];
  int layout;   /* of the record read */
  int n_ahead;  /* how many questions may be under way: 1 once an answer was lost */
  int attempts; /* how often the list was begun */
  bool reopened;
  /* Of the last answer, from its question on; 0: there was none yet. It was waited for less than
     that, where it was asked for ahead. */
  int64_t round_trip, waited;
  int64_t patience;      /* how long the next answer is waited for; 0: to be chosen */
  int64_t waiting_since; /* 0: waiting for it has not begun */
  bool looked;           /* it was looked for already: once is enough */
};

/* Open the socket anew. Questions under way are forgotten. 0, or -1 with errno set. */
int connection_reopen(pychrony_connection *c);

/* Forget the questions under way, and late answers to them. 0, or -1 with errno set. */
int connection_settle(pychrony_connection *c);

/* Forget the questions under way: their answers will not be taken for others. */
void connection_forget_questions(pychrony_connection *c);

/* Let receiving block for that long, in nanoseconds. */
void connection_set_receive_timeout(pychrony_connection *c, int64_t timeout);

/* The monotonic clock, in nanoseconds. */
int64_t wait_now(void);

/* Look for the next answer for a moment before the thread sleeps for it, and let others run
   meanwhile: where chronyd runs on this computer, to sleep and be woken takes longer than it takes
   to answer. Where the last answer took longer than that moment, this one will too, and looking for
   it would be in vain. */
void wait_briefly(pychrony_connection *c);

/* Forget the records of the last list, and give much memory back. */
void record_clear_list(pychrony_connection *c);

/* Copy the record at hand to its layout's bytes. The layout's number; negative: no memory. */
int record_copy(pychrony_connection *c, chrony_session *s);

/* Append the record at hand to the list; before it, where `address` is not NULL, a text field
   "address". False: no memory. */
bool record_append(pychrony_connection *c, chrony_session *s, const char *address);

/* Append a client to the list. False: no memory. */
bool record_append_client(pychrony_connection *c, const client *from);

/* Copy the field "address" of the record at hand, "" where it is not there. */
void record_copy_address(chrony_session *s, char to[SOURCE_ADDRESS_SIZE]);

void record_free(pychrony_connection *c);

/* Around what makes libchrony 0.2 write to the text that all threads share. Never held while the
   network is waited for. */
void record_lock_texts(void);
void record_unlock_texts(void);

#endif

/*
 * One exchange with chronyd, be it for a whole list, in one call: what Python sees of C. cffi reads
 * this file too, less its preprocessor lines.
 */
#ifndef BINDING_H
#define BINDING_H

#include <stddef.h>
#include <stdint.h>

/* What an exchange came to, where it did not end with a record. */
enum {
  PYCHRONY_AGAIN = -1,     /* not over yet: call pychrony_resume, after a look at signals */
  PYCHRONY_TIMED_OUT = -2, /* the deadline has passed */
  PYCHRONY_FAILED = -3,    /* the connection's pychrony_failure says how */
  PYCHRONY_TOO_MANY =
      -4, /* the server claims to have more records than are read, or less than none */
  PYCHRONY_CHANGED = -5, /* each time that it was read the list changed meanwhile */
  PYCHRONY_WANTS_READ = -6, /* not over yet: call pychrony_step when the socket is readable */
  PYCHRONY_WANTS_WRITE = -7 /* the same, when it is writable */
};

/* What is asked for. */
typedef enum {
  PYCHRONY_RECORD, /* one record of a report: its layout's number */
  PYCHRONY_LIST, /* all records of a report: how many there are. Those of authdata and ntpdata begin
                    with a text field "address", that of the source they are about; reference clocks
                    have none, and are left out */
  PYCHRONY_CLIENTS, /* the clients of chronyd's NTP server, a list too: how many there are.
                       clients.c has the names of their fields */
  PYCHRONY_NAMED_LIST /* the same as PYCHRONY_LIST, and afterwards the name of each source */
} pychrony_operation;

/* A record's bytes are its fields, one after another: numbers of 8 bytes in the machine's own
   order, a time as two of them, seconds and nanoseconds; a text in this many bytes, its length
   first. */
enum { PYCHRONY_TEXT_SIZE = 256 };

typedef struct {
  const char *name;
  int type; /* a chrony_field_type */
} pychrony_field;

/* What lies where in a record, which depends on the report and on the server's version, and the
   bytes of the last such record. What it points to stays there as long as the connection. */
typedef struct {
  int n_fields;
  const pychrony_field *fields;
  size_t size;
  const unsigned char *record;
} pychrony_layout;

/* The records of a report, one after another, and the number of each one's layout. They are there
   until the next exchange. */
typedef struct {
  int n_records;
  size_t size;
  const unsigned char *bytes;
  const int *layouts;
} pychrony_list;

/* How many requests of a list are in flight at a time. */
enum { PYCHRONY_MAX_IN_FLIGHT = 4 };

/* A count is a claim of the server's: longer lists are refused, and memory is taken as the records
   arrive. A list that changes while it is read is begun again, but so often at the most. */
enum { PYCHRONY_MAX_RECORDS = 65536, PYCHRONY_MAX_ATTEMPTS = 5 };

/* What was being done when the system said no. The first three open a connection. */
typedef enum {
  PYCHRONY_FINDING,    /* the server's Unix socket was looked for */
  PYCHRONY_CONNECTING, /* a socket was connected to the server's */
  PYCHRONY_BINDING,    /* the client's own Unix socket was made, beside the server's; or that was
                          found to be a link, or to have two names, and left alone */
  PYCHRONY_EXCHANGING  /* a datagram was sent or received */
} pychrony_stage;

/* Why opening or an exchange failed. */
typedef struct {
  int error;            /* a chrony_err; of an exchange alone */
  int system_error;     /* an errno, 0 where it was chronyd or libchrony that said no */
  pychrony_stage stage; /* goes with system_error */
} pychrony_failure;

/* What has happened since the connection was made. */
typedef struct {
  unsigned opened; /* how often its socket was opened: more than once where chronyd was restarted */
  unsigned lost;   /* answers that did not come in time; their requests were sent again */
} pychrony_counts;

typedef struct pychrony_connection pychrony_connection;

/* Make a connection, for one thread at a time. NULL where there is no memory. */
pychrony_connection *pychrony_new(void);

/* Open it, to an address that chrony_open_socket takes. 0, or -1 with errno set: ENOMEM where there
   is no memory, also for NULL; else the connection's pychrony_failure says why. */
int pychrony_open(pychrony_connection *c, const char *address);

/* Whether any answer has come since it was opened. With NULL, none has. */
int pychrony_has_answered(const pychrony_connection *c);

/* Close it, if it is open, and free it (NULL is allowed). In a process forked since it was opened,
   only the descriptor goes: the files of the client's socket are the parent's. */
void pychrony_free(pychrony_connection *c);

/* Remove the files of the client's socket (NULL: none). That is all that may be done at the end of
   a program, when another thread may still be in an exchange. A forked process leaves them alone.
 */
void pychrony_remove_files(const pychrony_connection *c);

/* Where a connection tells of its last failure, as long as it lives. */
const pychrony_failure *pychrony_get_failure(const pychrony_connection *c);

/* Where it counts what went wrong and was mended, as long as it lives. */
const pychrony_counts *pychrony_get_counts(const pychrony_connection *c);

/* Begin an exchange with chronyd. A report has a number as in chrony_get_report_name. `record` is
   its index, for PYCHRONY_RECORD. Requests are sent again if need be, until `deadline`, which is in
   nanoseconds of CLOCK_MONOTONIC. Each function returns one of the negative values above, or what
   is said of the operation. With NULL, which a closed connection is in Python, they fail.

   pychrony_fetch waits for the end. It blocks for 50 ms at the most, so that signals are seen, and
   so does pychrony_resume, which goes on. pychrony_begin does not wait, and neither does
   pychrony_step, which goes on. It is due when the socket is ready, or at pychrony_get_wake_at. */
int pychrony_fetch(pychrony_connection *c, pychrony_operation operation, int report, int record,
                   int64_t deadline);
int pychrony_resume(pychrony_connection *c, int64_t deadline);
int pychrony_begin(pychrony_connection *c, pychrony_operation operation, int report, int record,
                   int64_t deadline);
int pychrony_step(pychrony_connection *c, int64_t deadline);
int64_t pychrony_get_wake_at(const pychrony_connection *c);

/* The socket's descriptor. A step may open the socket anew. */
int pychrony_get_fd(const pychrony_connection *c);

/* The records of the list that was read. */
const pychrony_list *pychrony_get_list(const pychrony_connection *c);

/* The name of the source that a record of a named list is about, as chronyd's configuration has it.
   It is there until the next exchange. NULL: it has none. That is so of reference clocks, of
   sources that have gone meanwhile, and with chronyd before 4.0. */
const char *pychrony_get_source_name(const pychrony_connection *c, int record);

/* The layout of that number. */
const pychrony_layout *pychrony_get_layout(const pychrony_connection *c, int number);

/* A fleet is a window of connections behind one descriptor. Each is in a place, of which the caller
   chooses the number, 0 to n_places - 1. One thread at a time may use it. With NULL, which a closed
   fleet is in Python, nothing happens. In a process forked since it was made, it can only be freed.
 */
typedef struct pychrony_fleet pychrony_fleet;

/* Make one. NULL with errno set where that fails. */
pychrony_fleet *pychrony_fleet_new(int n_places);

/* Close everything at once, and free it. In a forked process, only the descriptors go. */
void pychrony_fleet_free(pychrony_fleet *f);

/* The descriptor. It is readable when pychrony_fleet_poll has something to do or to report. */
int pychrony_fleet_get_fd(const pychrony_fleet *f);

/* Open a connection in a place, and begin an exchange there, as pychrony_begin does. What was there
   is closed. pychrony_fleet_poll reports a failure as any outcome. The layouts are the same for
   all connections of a fleet. The bytes of a PYCHRONY_RECORD are in pychrony_get_list, and not in
   its layout.

   A failure that says that there are too many sockets has one of these system errors: EMFILE,
   ENFILE, ENOBUFS, ENOMEM; ENOSPC where epoll may watch no more; EAGAIN in PYCHRONY_CONNECTING,
   where no port is left. Or it is CHRONY_NO_MEMORY, CHRONY_NO_RANDOM or CHRONY_RANDOM_FAILED: the
   system's libchrony opens a file for each request in flight. */
void pychrony_fleet_begin(pychrony_fleet *f, int place, const char *address,
                          pychrony_operation operation, int report, int64_t deadline);

/* Begin another exchange on the connection in a place. */
void pychrony_fleet_ask(pychrony_fleet *f, int place, pychrony_operation operation, int report,
                        int64_t deadline);

/* Close the connection in a place. The place is not reported any more. */
void pychrony_fleet_close(pychrony_fleet *f, int place);

/* Give the exchanges that are under way so much more time, in nanoseconds. */
void pychrony_fleet_extend(pychrony_fleet *f, int64_t time);

/* Step the exchanges that are ready or due. Where none is over, wait for one until `until`, but
   50 ms at the most; a signal and pychrony_fleet_wake end that. Returns the number of places to
   report, 64 at the most. A place whose exchange is over is reported each time, until something
   else is begun there or it is closed. */
int pychrony_fleet_poll(pychrony_fleet *f, int64_t until);

/* The places that the last poll reported, and their outcomes. They last until the next poll. */
const int *pychrony_fleet_get_places(const pychrony_fleet *f);
const int *pychrony_fleet_get_outcomes(const pychrony_fleet *f);

/* The connection in a place. NULL: there is none. */
const pychrony_connection *pychrony_fleet_get_connection(const pychrony_fleet *f, int place);

/* Make the descriptor readable, and end a wait. Any thread may do that. */
void pychrony_fleet_wake(pychrony_fleet *f);

/* A reading of the system's clock and of one that nobody corrects, in nanoseconds. `raw` was read
   `spread` before the second time that it was read, and `real` in between. */
typedef struct {
  int64_t real; /* CLOCK_REALTIME */
  int64_t raw;  /* CLOCK_MONOTONIC_RAW */
  int64_t spread;
} pychrony_reading;

/* Read both clocks. A thread that is stopped in between reads them again, a few times. */
pychrony_reading pychrony_read_clocks(void);

/* What is known of the clock at a reading. Afterwards it holds for as long as these say. */
typedef struct {
  int64_t real, raw; /* as in the reading */
  int64_t bound;     /* how far the true time may be from `real`, in nanoseconds */
  double frequency;  /* how much faster than the true time CLOCK_MONOTONIC_RAW runs, of one second */
  double drift;      /* how wrong that may be */
  int64_t max_age;   /* how long it holds, in nanoseconds of CLOCK_MONOTONIC_RAW */
  int64_t until;     /* the time of CLOCK_REALTIME from which it does not hold any more */
} pychrony_anchor;

/* Whether an interval is known, or why it is not. */
enum {
  PYCHRONY_KNOWN,
  PYCHRONY_TOO_OLD, /* it was known for longer than max_age ago, or there is none */
  PYCHRONY_MOVED,   /* the system's clock has moved by more than the bound allows */
  PYCHRONY_EXPIRED  /* `until` is reached */
};

/* The true time lies between the first two, in nanoseconds since 1970. Where the clock has moved by
   more than the bound allows they are 0. */
typedef struct {
  int64_t earliest, latest;
  int64_t moved; /* how far the system's clock has moved that its rate does not tell of */
  int outcome;
} pychrony_interval;

/* The interval that the true time lies in now. NULL: nothing is known. */
pychrony_interval pychrony_get_interval(const pychrony_anchor *a);

/* What this module was built from: "bundled" or "system", the library's version, and its own. */
const char *pychrony_get_libchrony_kind(void);
const char *pychrony_get_libchrony_version(void);
const char *pychrony_get_version(void);

#endif

/*
 * The C API of libchrony 0.2: read what chronyd reports of the clock it keeps.
 *
 * This header and the library behind it are pychrony's own. Code compiled against it also links
 * and runs with the chrony project's libchrony.so.0.
 *
 *   int fd = chrony_open_socket(NULL);
 *   chrony_session *s;
 *   chrony_init_session(&s, fd);
 *   chrony_request_record(s, "tracking", 0);
 *   while (chrony_needs_response(s) && (poll for fd) && chrony_process_response(s) == CHRONY_OK)
 *     ;
 *   chrony_get_field_float(s, chrony_get_field_index(s, "current correction"));
 *
 * Nothing here is shared between sessions: threads may each use a session of their own, or one
 * session in turns. No function blocks, save chrony_process_response on a blocking socket.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CHRONY_H
#define CHRONY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CHRONY_OK,
  CHRONY_NO_MEMORY,
  CHRONY_NO_RANDOM,      /* no source of random numbers */
  CHRONY_UNKNOWN_REPORT, /* no report of that name */
  CHRONY_RANDOM_FAILED,  /* the source of random numbers gave none */
  CHRONY_SEND_FAILED,    /* errno says why */
  CHRONY_RECV_FAILED,    /* errno says why; the session still awaits its answer */
  CHRONY_INVALID_ARGUMENT,
  CHRONY_UNEXPECTED_CALL,   /* no answer is awaited */
  CHRONY_UNAUTHORIZED,      /* chronyd does not give this report to this client */
  CHRONY_DISABLED,          /* chronyd runs without what the report is about */
  CHRONY_UNEXPECTED_STATUS, /* chronyd refused for another reason, e.g. no such source */
  CHRONY_OLD_SERVER,        /* chronyd is too old for the report */
  CHRONY_NEW_SERVER,        /* chronyd answered in a newer form */
  CHRONY_INVALID_RESPONSE   /* the answer is too short for its kind */
} chrony_err;

/* How a field's value is read: by the getter of that name. */
typedef enum {
  CHRONY_TYPE_NONE,
  CHRONY_TYPE_UINTEGER,
  CHRONY_TYPE_INTEGER,
  CHRONY_TYPE_FLOAT,
  CHRONY_TYPE_TIMESPEC,
  CHRONY_TYPE_STRING
} chrony_field_type;

/* What a field's value means, and in which unit. "Offset" may be negative, "measure" may not. */
typedef enum {
  CHRONY_CONTENT_NONE,
  CHRONY_CONTENT_COUNT,
  CHRONY_CONTENT_TIME, /* since 1970, UTC */
  CHRONY_CONTENT_INTERVAL_LOG2_SECONDS,
  CHRONY_CONTENT_INTERVAL_SECONDS,
  CHRONY_CONTENT_OFFSET_SECONDS,
  CHRONY_CONTENT_MEASURE_SECONDS,
  CHRONY_CONTENT_OFFSET_PPM,
  CHRONY_CONTENT_MEASURE_PPM,
  CHRONY_CONTENT_OFFSET_PPM_PER_SECOND,
  CHRONY_CONTENT_RATIO,
  CHRONY_CONTENT_REFERENCE_ID,
  CHRONY_CONTENT_ENUM,
  CHRONY_CONTENT_BITS,
  CHRONY_CONTENT_FLAGS,
  CHRONY_CONTENT_ADDRESS,
  CHRONY_CONTENT_PORT,
  CHRONY_CONTENT_INDEX,
  CHRONY_CONTENT_LENGTH_BITS,
  CHRONY_CONTENT_LENGTH_BYTES,
  CHRONY_CONTENT_BOOLEAN
} chrony_field_content;

typedef struct chrony_session_t chrony_session;

/* Open a datagram socket connected to chronyd; negative, with errno set, where that fails.
   address: "/path" of a Unix socket, or an IPv4 or IPv6 literal with an optional port ("192.0.2.1",
   "192.0.2.1:323", "2001:db8::1", "[2001:db8::1]:323"; port 323 unless given). NULL or "" tries
   /var/run/chrony/chronyd.sock, 127.0.0.1:323 and [::1]:323 in turn.
   On a Unix socket the client's own socket lies in two new folders beside the server's. */
int chrony_open_socket(const char *address);

/* Close it, and remove what chrony_open_socket made in the file system. errno is kept. */
void chrony_close_socket(int fd);

/* An English text for an error code, also for an unknown one. Lives forever. */
const char *chrony_get_error_string(chrony_err e);

/* Make a session on an open socket. */
chrony_err chrony_init_session(chrony_session **s, int fd);

/* Free it (NULL is allowed). The socket stays open. */
void chrony_deinit_session(chrony_session *s);

/* The socket that was given to chrony_init_session. */
int chrony_get_fd(chrony_session *s);

/* Whether a request was sent whose answer has not come yet: wait until the socket is readable,
   then call chrony_process_response. */
bool chrony_needs_response(chrony_session *s);

/* Receive one datagram. One that does not answer the request is dropped: CHRONY_OK, and the
   session still needs a response; it does as well where a follow-up request had to be sent. */
chrony_err chrony_process_response(chrony_session *s);

/* How many reports there are, and their names (NULL outside 0 … n-1). The names live forever. */
int chrony_get_number_supported_reports(void);
const char *chrony_get_report_name(int report);

/* Ask how many records a report has. One that always has one record is answered at once, with
   no datagram sent. */
chrony_err chrony_request_report_number_records(chrony_session *s, const char *report_name);

/* That number, once no response is needed any more. A claim of the server's: it may be negative. */
int chrony_get_report_number_records(chrony_session *s);

/* Ask for one record, from 0. */
chrony_err chrony_request_record(chrony_session *s, const char *report_name, int record);

/* The received record: how many fields it has (0 after an error), and each field's name (NULL
   outside), type and content. Names live forever; types depend on the server's version. */
int chrony_get_record_number_fields(chrony_session *s);
const char *chrony_get_field_name(chrony_session *s, int field);
int chrony_get_field_index(chrony_session *s, const char *name); /* negative: no such field */
chrony_field_type chrony_get_field_type(chrony_session *s, int field);
chrony_field_content chrony_get_field_content(chrony_session *s, int field);

/* A field's value. Where its type is another, or there is no such field: 0, NaN, NULL. The text
   of an address ("ID#" and ten digits for a source whose name is not resolved, NULL for none)
   lives until the next call for a string on the same session. */
uint64_t chrony_get_field_uinteger(chrony_session *s, int field);
int64_t chrony_get_field_integer(chrony_session *s, int field);
double chrony_get_field_float(chrony_session *s, int field);
struct timespec chrony_get_field_timespec(chrony_session *s, int field);
const char *chrony_get_field_string(chrony_session *s, int field);

/* The name of an enumerator or of one flag bit of a field; NULL where it has none. Lives forever.
 */
const char *chrony_get_field_constant_name(chrony_session *s, int field, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif

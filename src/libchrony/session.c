#define _DEFAULT_SOURCE
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h> /* getentropy, in musl */

chrony_err chrony_init_session(chrony_session **s, int fd) {
  *s = calloc(1, sizeof **s);
  if (*s == NULL) return CHRONY_NO_MEMORY;
  (*s)->fd = fd;
  return CHRONY_OK;
}

void chrony_deinit_session(chrony_session *s) { free(s); }

int chrony_get_fd(chrony_session *s) { return s->fd; }

bool chrony_needs_response(chrony_session *s) { return s->awaiting; }

/* A number that nobody who does not see the requests can guess. */
static chrony_err draw_sequence(chrony_session *s) {
  if (s->random_left == 0) {
    if (getentropy(s->random, sizeof s->random) != 0)
      return errno == ENOSYS ? CHRONY_NO_RANDOM : CHRONY_RANDOM_FAILED;
    s->random_left = RANDOM_POOL;
  }
  s->sequence = s->random[--s->random_left];
  return CHRONY_OK;
}

static chrony_err send_request(chrony_session *s, const report *asked, const uint8_t *payload,
                               size_t payload_size) {
  uint8_t message[MAX_MESSAGE];
  chrony_err error;
  request r;
  size_t length;

  s->awaiting = false;
  error = draw_sequence(s);
  if (error != CHRONY_OK) return error;
  r.command = asked->command;
  r.sequence = s->sequence;
  r.payload = payload;
  r.payload_size = payload_size;
  r.reply_payload_size = report_payload_size(asked);
  length = encode_request(&r, message);
  s->asked = asked;
  if (send(s->fd, message, length, MSG_NOSIGNAL) != (ssize_t)length) return CHRONY_SEND_FAILED;
  s->awaiting = true;
  return CHRONY_OK;
}

static chrony_err send_by_index(chrony_session *s, const report *asked) {
  uint8_t payload[4];

  encode_index((uint32_t)s->index, payload);
  return send_request(s, asked, payload, sizeof payload);
}

/* Ask about the source whose address the record at hand tells, by the very bytes of it. A reference
   clock has none, and nothing to be told about: a record of no fields. */
static chrony_err send_by_address(chrony_session *s) {
  const uint8_t *address = s->record.payload + ADDRESS_REPORT_ADDRESS_AT;

  s->record.reply = NULL;
  if (!address_is_specified(address)) return CHRONY_OK;
  return send_request(s, s->wanted, address, ADDRESS_SIZE);
}

static bool record_tells_address(const chrony_session *s) {
  return s->record.reply != NULL && s->record.report == address_report &&
         s->record.index == s->index;
}

chrony_err chrony_request_report_number_records(chrony_session *s, const char *report_name) {
  const report *wanted = report_by_name(report_name);

  if (wanted == NULL) return CHRONY_UNKNOWN_REPORT;
  if (wanted->asked == ASKED_ALONE) {
    s->n_records = 1;
    return CHRONY_OK;
  }
  s->n_records = 0;
  s->wanted = &count_report;
  return send_request(s, &count_report, NULL, 0);
}

int chrony_get_report_number_records(chrony_session *s) { return s->n_records; }

chrony_err chrony_request_record(chrony_session *s, const char *report_name, int record) {
  const report *wanted = report_by_name(report_name);

  if (wanted == NULL) return CHRONY_UNKNOWN_REPORT;
  if (wanted->asked == ASKED_ALONE && record != 0) return CHRONY_INVALID_ARGUMENT;
  s->awaiting = false; /* an answer to an older request would be late now */
  s->wanted = wanted;
  s->index = record;
  if (wanted->asked == ASKED_BY_ADDRESS && record_tells_address(s)) return send_by_address(s);
  s->record.reply = NULL;
  switch (wanted->asked) {
    case ASKED_BY_INDEX: return send_by_index(s, wanted);
    case ASKED_BY_ADDRESS: return send_by_index(s, address_report);
    default: return send_request(s, wanted, NULL, 0);
  }
}

/* The layout of a reply of that code, among those that its report may come in. */
static const reply *find_reply(const report *r, uint16_t code, const uint8_t *payload,
                               size_t size) {
  for (int i = 0; i < r->n_replies; i++) {
    const reply *candidate = &r->replies[i];
    size_t kind_at = (size_t)candidate->kind_at;

    if (candidate->code != code) continue;
    if (candidate->kind_at < 0) return candidate;
    if (size >= kind_at + 2 && decode_unsigned(payload + kind_at, 2) == candidate->kind)
      return candidate;
  }
  return NULL;
}

/* Keep a payload as the record at hand. Bytes past the known fields are a newer chronyd's. */
static chrony_err keep_record(chrony_session *s, uint16_t code, const uint8_t *payload,
                              size_t size) {
  answer *record = &s->record;
  const reply *r = find_reply(s->asked, code, payload, size);
  size_t offset = 0;

  if (r == NULL) return CHRONY_NEW_SERVER;
  if (size < reply_payload_size(r)) return CHRONY_INVALID_RESPONSE;
  for (int i = 0; i < r->n_fields; i++) {
    record->offsets[i] = (uint8_t)offset;
    offset += wire_size(r->fields[i].form);
  }
  memcpy(record->payload, payload, offset);
  record->report = s->asked;
  record->index = s->index;
  record->reply = r;
  return CHRONY_OK;
}

static chrony_err accept_answer(chrony_session *s, const reply_header *header,
                                const uint8_t *payload, size_t size) {
  chrony_err error = error_of_status(header->status);

  s->record.reply = NULL;
  if (error == CHRONY_OK) error = keep_record(s, header->code, payload, size);
  if (error != CHRONY_OK) return error;
  if (s->asked == &count_report) {
    s->n_records = (int)decode_signed(s->record.payload, 4);
    s->record.reply = NULL;
  }
  return s->asked == s->wanted ? CHRONY_OK : send_by_address(s);
}

chrony_err chrony_process_response(chrony_session *s) {
  /* What is longer than every known reply is cut, past all fields that would be read. */
  uint8_t message[MAX_MESSAGE];
  reply_header header;
  ssize_t received;

  if (!s->awaiting) return CHRONY_UNEXPECTED_CALL;
  received = recv(s->fd, message, sizeof message, 0);
  if (received < 0) return CHRONY_RECV_FAILED;
  if (!decode_reply_header(message, (size_t)received, s->asked->command, s->sequence, &header))
    return CHRONY_OK;
  s->awaiting = false;
  return accept_answer(s, &header, message + REPLY_HEADER, (size_t)received - REPLY_HEADER);
}

int chrony_get_number_supported_reports(void) { return n_reports; }

const char *chrony_get_report_name(int number) {
  return number >= 0 && number < n_reports ? reports[number].name : NULL;
}

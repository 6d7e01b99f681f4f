/* Requests to bytes, bytes to values. No input or output, no state: bytes and lengths alone. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "reports.h"

enum {
  REQUEST_HEADER = 20,
  REPLY_HEADER = 28,
  ADDRESS_SIZE = 20,
  ADDRESS_TEXT = 48, /* holds the text of any address */
  MAX_MESSAGE = 196  /* the longest that this library sends or needs: serverstats */
};

/* What a request says, and what its answer must repeat. */
typedef struct {
  uint16_t command;
  uint32_t sequence;
  const uint8_t *payload; /* NULL where payload_size is 0 */
  size_t payload_size;
  size_t reply_payload_size; /* the longest answer: the request is padded to it, as chronyd wants */
} request;

/* Write a request. Returns its length. */
size_t encode_request(const request *r, uint8_t to[MAX_MESSAGE]);

/* An index as a request's payload. */
void encode_index(uint32_t index, uint8_t to[4]);

typedef struct {
  uint16_t code;
  uint16_t status;
} reply_header;

/* Whether `length` bytes answer the request; if so, read the header. */
bool decode_reply_header(const uint8_t *from, size_t length, uint16_t command, uint32_t sequence,
                         reply_header *header);

/* The status of a reply as an error code. */
chrony_err error_of_status(uint16_t status);

/* Values, each from as many bytes as its form takes. */
uint64_t decode_unsigned(const uint8_t *from, size_t size);
int64_t decode_signed(const uint8_t *from, size_t size);
double decode_float(const uint8_t from[4]);
struct timespec decode_timespec(const uint8_t from[12]);

/* Whether an address is there at all: neither a reference clock's nor the local reference's. */
bool address_is_specified(const uint8_t from[ADDRESS_SIZE]);

/* Its text: an IP literal, "ID#0000000001", or "?" for an unknown family. */
void decode_address(const uint8_t from[ADDRESS_SIZE], char to[ADDRESS_TEXT]);

#endif

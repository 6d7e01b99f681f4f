#define _DEFAULT_SOURCE
#include "message.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  PROTOCOL_VERSION = 6,
  PACKET_REQUEST = 1,
  PACKET_REPLY = 2,
  FAMILY_AT = 16, /* within an address */
  FAMILY_UNSPECIFIED = 0,
  FAMILY_IPV4 = 1,
  FAMILY_IPV6 = 2,
  FAMILY_ID = 3
};

static void put_unsigned(uint8_t *to, size_t size, uint64_t value) {
  for (size_t i = size; i-- > 0; value >>= 8) to[i] = (uint8_t)(value & 0xff);
}

size_t encode_request(const request *r, uint8_t to[MAX_MESSAGE]) {
  size_t needed = REQUEST_HEADER + r->payload_size;
  size_t answer = REPLY_HEADER + r->reply_payload_size;
  size_t length = needed > answer ? needed : answer;

  memset(to, 0, length);
  to[0] = PROTOCOL_VERSION;
  to[1] = PACKET_REQUEST;
  put_unsigned(to + 4, 2, r->command);
  put_unsigned(to + 8, 4, r->sequence);
  if (r->payload_size > 0) memcpy(to + REQUEST_HEADER, r->payload, r->payload_size);
  return length;
}

void encode_index(uint32_t index, uint8_t to[4]) { put_unsigned(to, 4, index); }

bool decode_reply_header(const uint8_t *from, size_t length, uint16_t command, uint32_t sequence,
                         reply_header *header) {
  if (length < REPLY_HEADER || from[0] != PROTOCOL_VERSION || from[1] != PACKET_REPLY) return false;
  if (from[2] != 0 || from[3] != 0) return false;
  if (decode_unsigned(from + 4, 2) != command) return false;
  if (decode_unsigned(from + 16, 4) != sequence) return false;
  header->code = (uint16_t)decode_unsigned(from + 6, 2);
  header->status = (uint16_t)decode_unsigned(from + 8, 2);
  return true;
}

chrony_err error_of_status(uint16_t status) {
  static const struct {
    uint16_t status;
    chrony_err error;
  } errors[] = {
      {0, CHRONY_OK},          {2, CHRONY_UNAUTHORIZED},
      {3, CHRONY_OLD_SERVER},  {6, CHRONY_DISABLED}, /* not enabled in the configuration */
      {13, CHRONY_DISABLED},                         /* no real-time clock driver */
      {18, CHRONY_NEW_SERVER},                       /* another protocol version */
      {19, CHRONY_NEW_SERVER},                       /* a longer request was expected */
  };

  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].status == status) return errors[i].error;
  return CHRONY_UNEXPECTED_STATUS;
}

uint64_t decode_unsigned(const uint8_t *from, size_t size) {
  uint64_t value = 0;

  for (size_t i = 0; i < size; i++) value = value << 8 | from[i];
  return value;
}

int64_t decode_signed(const uint8_t *from, size_t size) {
  uint64_t value = decode_unsigned(from, size), sign = (uint64_t)1 << (size * 8 - 1);
  int64_t result;

  if (value & sign) value |= ~(sign - 1);
  memcpy(&result, &value, sizeof result); /* int64_t is two's complement by definition */
  return result;
}

/* 7 bits of exponent and 25 of coefficient, both signed: coefficient * 2^(exponent - 25). */
double decode_float(const uint8_t from[4]) {
  uint32_t word = (uint32_t)decode_unsigned(from, 4);
  int exponent = (int)(word >> 25), coefficient = (int)(word & 0x1ffffff);

  if (exponent >= 64) exponent -= 128;
  if (coefficient >= 1 << 24) coefficient -= 1 << 25;
  return ldexp(coefficient, exponent - 25);
}

/* What a chronyd with seconds of 32 bits sends in place of their upper half. */
static const uint64_t NO_UPPER_HALF = 0x7fffffff;

struct timespec decode_timespec(const uint8_t from[12]) {
  struct timespec t = {0};

  if (decode_unsigned(from, 4) == NO_UPPER_HALF)
    t.tv_sec = (time_t)decode_unsigned(from + 4, 4);
  else
    t.tv_sec = (time_t)decode_signed(from, 8);
  t.tv_nsec = (long)decode_unsigned(from + 8, 4);
  return t;
}

bool address_is_specified(const uint8_t from[ADDRESS_SIZE]) {
  return decode_unsigned(from + FAMILY_AT, 2) != FAMILY_UNSPECIFIED;
}

void decode_address(const uint8_t from[ADDRESS_SIZE], char to[ADDRESS_TEXT]) {
  switch (decode_unsigned(from + FAMILY_AT, 2)) {
    case FAMILY_IPV4: inet_ntop(AF_INET, from, to, ADDRESS_TEXT); break;
    case FAMILY_IPV6: inet_ntop(AF_INET6, from, to, ADDRESS_TEXT); break;
    case FAMILY_ID:
      snprintf(to, ADDRESS_TEXT, "ID#%010" PRIu32, (uint32_t)decode_unsigned(from, 4));
      break;
    default: snprintf(to, ADDRESS_TEXT, "?");
  }
}

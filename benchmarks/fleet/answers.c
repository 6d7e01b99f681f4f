#include "answers.h"

#include <string.h>

enum { COUNT = 14, SOURCES = 15, TRACKING = 33, ACTIVITY = 44 };
enum { NO_PAYLOAD = 1, NOT_KNOWN = 3, NO_SUCH_SOURCE = 4, BAD_VERSION = 18, BAD_LENGTH = 19 };
enum { CLIENT_MODE = 0, SELECTED = 0, NONSELECTABLE = 1, COMBINED = 4, IPV4 = 1, IPV6 = 2 };

/* Values. */

static uint32_t get(const uint8_t *from, size_t size) {
  uint32_t value = 0;

  for (size_t i = 0; i < size; i++) value = value << 8 | from[i];
  return value;
}

static uint8_t *put(uint8_t *to, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; i++) to[i] = (uint8_t)(value >> 8 * (size - 1 - i) & 0xff);
  return to + size;
}

/* Put a float: a coefficient of 25 bits, times two to this power. */
static uint8_t *put_float(uint8_t *to, int32_t coefficient, int power) {
  uint32_t exponent = (uint32_t)(power + 25) & 0x7f;

  return put(to, exponent << 25 | ((uint32_t)coefficient & 0x1ffffff), 4);
}

static uint8_t *put_zeros(uint8_t *to, size_t size) {
  memset(to, 0, size);
  return to + size;
}

/* The records of an address, all made of its last three bytes. */

static uint32_t number_of(uint32_t address) { return address & 0xffffff; }

static uint32_t count_of(uint32_t address) { return 2 + number_of(address) % 3; }

static uint8_t *put_count(uint8_t *to, uint32_t address) { return put(to, count_of(address), 4); }

static uint8_t *put_tracking(uint8_t *to, uint32_t address, int64_t reference_time) {
  int32_t number = (int32_t)number_of(address), centered = number - (1 << 23);
  uint32_t reference = 10u << 24 | number_of(address);

  to = put(to, reference, 4);
  to = put(to, reference, 4);
  to = put_zeros(to, 12);
  to = put(to, IPV4, 2);
  to = put_zeros(to, 2);
  to = put(to, 2 + number_of(address) % 9, 2); /* stratum */
  to = put(to, 0, 2);                          /* leap status */
  to = put(to, (uint64_t)reference_time, 8);
  to = put(to, number_of(address), 4); /* its nanoseconds */
  to = put_float(to, centered, -40);   /* current correction */
  to = put_float(to, centered, -41);   /* last offset */
  to = put_float(to, number, -42);     /* RMS offset */
  to = put_float(to, centered, -19);   /* frequency */
  to = put_float(to, centered, -33);   /* residual frequency */
  to = put_float(to, number, -30);     /* skew */
  to = put_float(to, number, -37);     /* root delay */
  to = put_float(to, number, -38);     /* root dispersion */
  return put_float(to, 64, 0);         /* update interval */
}

/* The first source is the selected one. The fourth was never reached. */
static uint8_t *put_source(uint8_t *to, uint32_t address, uint32_t index, int version) {
  bool reached = index < 3;
  int32_t number = reached ? (int32_t)number_of(address) - (int32_t)index : 0;
  uint32_t never = version < 203 ? 315360000 : UINT32_MAX;

  to = put(to, 0xfd, 1);
  to = put_zeros(to, 9);
  to = put(to, address, 4);
  to = put(to, index, 2);
  to = put(to, IPV6, 2);
  to = put_zeros(to, 2);
  to = put(to, 6, 2); /* poll */
  to = put(to, reached ? 1 + number_of(address) % 9 : 0, 2);
  to = put(to, index == 0 ? SELECTED : reached ? COMBINED : NONSELECTABLE, 2);
  to = put(to, CLIENT_MODE, 2);
  to = put(to, version < 400 && index == 0 ? 2 : 0, 2); /* flags: prefer */
  to = put(to, reached ? 0377 : 0, 2);
  to = put(to, reached ? address & 0x3f : never, 4);
  to = put_float(to, number, -40);   /* the last sample's offset as measured */
  to = put_float(to, number, -41);   /* the same, adjusted */
  return put_float(to, number, -42); /* its error */
}

static uint8_t *put_activity(uint8_t *to, uint32_t address) {
  to = put(to, count_of(address), 4);
  for (int shift = 0; shift < 24; shift += 8) to = put(to, address >> shift & 0xff, 4);
  return put(to, 0, 4);
}

/* Messages. */

bool read_request(const uint8_t *from, size_t length, uint32_t asked, request *to) {
  if (length < SHORTEST_REQUEST || length > LONGEST_REQUEST) return false;
  *to = (request){.asked = asked,
                  .length = length,
                  .version = from[0],
                  .command = (uint16_t)get(from + 4, 2),
                  .sequence = get(from + 8, 4),
                  .index = get(from + 20, 4)};
  return to->version >= 5 && from[1] == 1 && from[2] == 0 && from[3] == 0;
}

static size_t length_of_answer(uint16_t command) {
  switch (command) {
    case COUNT: return 32;
    case SOURCES: return 76;
    case TRACKING: return 104;
    case ACTIVITY: return 48;
    default: return 0;
  }
}

static unsigned code_of_answer(uint16_t command) {
  switch (command) {
    case COUNT: return 2;
    case SOURCES: return 3;
    case TRACKING: return 5;
    default: return 12;
  }
}

/* Versions up to 1.30 speak another version of the protocol. */
static bool is_ancient(const server *s) { return s->version < 131; }

/* In the order in which chronyd looks. */
static unsigned status_of(const server *s, const request *q) {
  size_t length = length_of_answer(q->command);

  if (is_ancient(s) || q->version != 6) return BAD_VERSION;
  if (length == 0) return NOT_KNOWN;
  if (q->length < length) return BAD_LENGTH;
  if (s->status != 0) return s->status;
  return q->command == SOURCES && q->index >= count_of(q->asked) ? NO_SUCH_SOURCE : 0;
}

static uint8_t *put_header(uint8_t *to, const server *s, const request *q, unsigned status) {
  to = put(to, is_ancient(s) ? 5 : 6, 1);
  to = put(to, 2, 1);
  to = put_zeros(to, 2);
  to = put(to, q->command, 2);
  to = put(to, status == 0 ? code_of_answer(q->command) : NO_PAYLOAD, 2);
  to = put(to, status, 2);
  to = put_zeros(to, 6);
  to = put(to, q->sequence, 4);
  return put_zeros(to, is_ancient(s) ? 24 : 8);
}

size_t write_answer(const server *s, const request *q, uint8_t to[MAX_ANSWER]) {
  unsigned status = status_of(s, q);
  uint8_t *end;

  if (status == NOT_KNOWN && s->version < 203) return 0;
  end = put_header(to, s, q, status);
  if (status == 0) switch (q->command) {
      case COUNT: end = put_count(end, q->asked); break;
      case SOURCES: end = put_source(end, q->asked, q->index, s->version); break;
      case TRACKING: end = put_tracking(end, q->asked, s->reference_time); break;
      default: end = put_activity(end, q->asked); break;
    }
  return (size_t)(end - to);
}

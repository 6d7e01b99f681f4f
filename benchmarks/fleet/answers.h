/* What a chronyd at an address of 127.0.0.0/8 answers: bytes to bytes, without sockets. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  SHORTEST_REQUEST = 28, /* bytes; chronyd ignores what is shorter or longer */
  LONGEST_REQUEST = 860,
  MAX_ANSWER = 104
};

typedef struct {
  uint32_t asked; /* the address that it was sent to */
  size_t length;
  uint8_t version;
  uint16_t command;
  uint32_t sequence, index;
} request;

/* What the records do not depend on. */
typedef struct {
  int64_t reference_time;
  int version;     /* of chronyd: a hundred times the major one, and the minor one */
  unsigned status; /* of all answers */
} server;

/* Read a request. False for a datagram that every chronyd ignores. */
bool read_request(const uint8_t *from, size_t length, uint32_t asked, request *to);

/* Write the answer to a request. Returns its length, 0 where there is none. */
size_t write_answer(const server *s, const request *q, uint8_t to[MAX_ANSWER]);

#endif

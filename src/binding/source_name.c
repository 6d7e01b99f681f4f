#define _DEFAULT_SOURCE
#include "source_name.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h> /* getentropy, in musl */

enum {
  VERSION = 6,
  REQUEST = 1,
  REPLY = 2,
  COMMAND = 65,
  REPLY_CODE = 19,
  REQUEST_HEADER = 20,
  REPLY_HEADER = 28,
  NAME_SIZE = SOURCE_NAME_SIZE - 1,
  MESSAGE_SIZE = REPLY_HEADER + NAME_SIZE, /* the request is as long as its reply */
  FAMILY_AT = REQUEST_HEADER + 16,
  FAMILY_IPV4 = 1,
  FAMILY_IPV6 = 2,
  FAMILY_ID = 3
};

/* Write the text of an address as chronyd does: its bytes and its family. */
static bool encode_address(const char *text, uint8_t *message) {
  uint8_t *to = message + REQUEST_HEADER;
  unsigned long id;
  char *end;

  if (inet_pton(AF_INET, text, to) == 1) {
    message[FAMILY_AT + 1] = FAMILY_IPV4;
  } else if (inet_pton(AF_INET6, text, to) == 1) {
    message[FAMILY_AT + 1] = FAMILY_IPV6;
  } else if (strncmp(text, "ID#", 3) == 0) {
    id = strtoul(text + 3, &end, 10);
    if (end == text + 3 || *end != '\0' || id > UINT32_MAX) return false;
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(id >> (24 - 8 * i) & 0xff);
    message[FAMILY_AT + 1] = FAMILY_ID;
  } else {
    return false;
  }
  return true;
}

chrony_err source_name_ask(source_name *n, int fd) {
  uint8_t message[MESSAGE_SIZE] = {VERSION, REQUEST, 0, 0, 0, COMMAND};

  n->awaited = false;
  if (!encode_address(n->address, message)) return CHRONY_INVALID_ARGUMENT;
  if (getentropy(&n->sequence, sizeof n->sequence) != 0) return CHRONY_RANDOM_FAILED;
  memcpy(message + 8, &n->sequence, sizeof n->sequence);
  if (send(fd, message, sizeof message, MSG_NOSIGNAL) != sizeof message) return CHRONY_SEND_FAILED;
  n->awaited = true;
  return CHRONY_OK;
}

static bool is_answer(const source_name *n, const uint8_t *message, ssize_t length) {
  static const uint8_t start[] = {VERSION, REPLY, 0, 0, 0, COMMAND};

  return length >= REPLY_HEADER && memcmp(message, start, sizeof start) == 0 &&
         memcmp(message + 16, &n->sequence, sizeof n->sequence) == 0;
}

static chrony_err error_of_status(unsigned int status) {
  switch (status) {
    case 0: return CHRONY_OK;
    case 2: return CHRONY_UNAUTHORIZED;
    case 3: return CHRONY_OLD_SERVER;
    default: return CHRONY_UNEXPECTED_STATUS;
  }
}

chrony_err source_name_hear(source_name *n, int fd) {
  uint8_t message[MESSAGE_SIZE];
  ssize_t length = recv(fd, message, sizeof message, 0);
  chrony_err error;

  if (length < 0) return CHRONY_RECV_FAILED;
  if (!is_answer(n, message, length)) return CHRONY_OK;
  n->awaited = false;
  error = error_of_status((unsigned int)message[8] << 8 | message[9]);
  if (error != CHRONY_OK) return error;
  if (message[6] != 0 || message[7] != REPLY_CODE) return CHRONY_NEW_SERVER;
  if (length < MESSAGE_SIZE) return CHRONY_INVALID_RESPONSE;
  memcpy(n->name, message + REPLY_HEADER, NAME_SIZE);
  n->name[NAME_SIZE] = '\0';
  return CHRONY_OK;
}

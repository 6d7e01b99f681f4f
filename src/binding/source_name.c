#define _DEFAULT_SOURCE
#include "source_name.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { NAME_SIZE = SOURCE_NAME_SIZE - 1, MESSAGE_SIZE = WIRE_REPLY_HEADER + NAME_SIZE };

static const wire_message message = {.command = 65, .reply_code = 19, .size = MESSAGE_SIZE};

bool source_name_encode(const char *text, uint8_t to[WIRE_ADDRESS_SIZE]) {
  uint8_t *family = to + WIRE_FAMILY_AT + 1;
  unsigned long id;
  char *end;

  memset(to, 0, WIRE_ADDRESS_SIZE);
  if (inet_pton(AF_INET, text, to) == 1) {
    *family = WIRE_IPV4;
  } else if (inet_pton(AF_INET6, text, to) == 1) {
    *family = WIRE_IPV6;
  } else if (strncmp(text, "ID#", 3) == 0) {
    id = strtoul(text + 3, &end, 10);
    if (end == text + 3 || *end != '\0' || id > UINT32_MAX) return false;
    wire_put_u32(to, (uint32_t)id);
    *family = WIRE_ID;
  } else {
    return false;
  }
  return true;
}

chrony_err source_name_send(wire_request *r, int fd, const uint8_t address[WIRE_ADDRESS_SIZE]) {
  uint8_t data[MESSAGE_SIZE] = {0};

  memcpy(data + WIRE_REQUEST_HEADER, address, WIRE_ADDRESS_SIZE);
  return wire_send(r, &message, fd, data);
}

chrony_err source_name_receive(wire_request *r, int fd, char name[SOURCE_NAME_SIZE]) {
  uint8_t data[MESSAGE_SIZE];
  chrony_err error = wire_receive(r, &message, fd, data);

  if (error != CHRONY_OK || r->awaited) return error;
  memcpy(name, data + WIRE_REPLY_HEADER, NAME_SIZE);
  name[NAME_SIZE] = '\0';
  return CHRONY_OK;
}

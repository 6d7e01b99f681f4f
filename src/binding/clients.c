#define _DEFAULT_SOURCE
#include "clients.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
  /* In a request. What follows them is left zero: the fewest hits that a client must have, and
     whether chronyd is to set its counters to zero. */
  FIRST_INDEX = WIRE_REQUEST_HEADER,
  MOST_CLIENTS = FIRST_INDEX + 4,
  /* In a reply. */
  N_INDEXES = WIRE_REPLY_HEADER,
  NEXT_INDEX = N_INDEXES + 4,
  N_CLIENTS = NEXT_INDEX + 4,
  PLACES = N_CLIENTS + 4,
  MESSAGE_SIZE = PLACES + CLIENTS_AT_A_TIME * CLIENTS_PLACE
};

static const wire_message message = {.command = 68, .reply_code = 21, .size = MESSAGE_SIZE};

const pychrony_field clients_fields[CLIENTS_FIELDS] = {
    {"address", CHRONY_TYPE_STRING},
    {"received NTP requests", CHRONY_TYPE_UINTEGER},
    {"accepted NTS-KE connections", CHRONY_TYPE_UINTEGER},
    {"received command requests", CHRONY_TYPE_UINTEGER},
    {"dropped NTP requests", CHRONY_TYPE_UINTEGER},
    {"dropped NTS-KE connections", CHRONY_TYPE_UINTEGER},
    {"dropped command requests", CHRONY_TYPE_UINTEGER},
    {"NTP interval", CHRONY_TYPE_INTEGER},
    {"NTS-KE interval", CHRONY_TYPE_INTEGER},
    {"command interval", CHRONY_TYPE_INTEGER},
    {"limited NTP interval", CHRONY_TYPE_INTEGER},
    {"last NTP request ago", CHRONY_TYPE_UINTEGER},
    {"last NTS-KE connection ago", CHRONY_TYPE_UINTEGER},
    {"last command request ago", CHRONY_TYPE_UINTEGER},
};

chrony_err clients_send(clients *t, int fd) {
  uint8_t data[MESSAGE_SIZE] = {0};

  wire_put_u32(data + FIRST_INDEX, t->next);
  wire_put_u32(data + MOST_CLIENTS, CLIENTS_AT_A_TIME);
  return wire_send(&t->request, &message, fd, data);
}

chrony_err clients_receive(clients *t, int fd) {
  uint8_t data[MESSAGE_SIZE];
  chrony_err error = wire_receive(&t->request, &message, fd, data);
  uint32_t asked = t->next, n_clients, n_indexes;

  if (error != CHRONY_OK || t->request.awaited) return error;
  n_indexes = wire_get_u32(data + N_INDEXES);
  n_clients = wire_get_u32(data + N_CLIENTS);
  t->changed = asked > 0 && n_indexes != t->n_indexes;
  t->n_indexes = n_indexes;
  t->next = wire_get_u32(data + NEXT_INDEX);
  /* A server that does not go on must not be asked forever. */
  if (n_clients > CLIENTS_AT_A_TIME || (clients_has_more(t) && t->next <= asked))
    return CHRONY_INVALID_RESPONSE;
  t->n_clients = (int)n_clients;
  memcpy(t->places, data + PLACES, sizeof t->places);
  return CHRONY_OK;
}

bool clients_has_more(const clients *t) { return t->next < t->n_indexes; }

static bool read_address(const uint8_t *from, char to[INET6_ADDRSTRLEN]) {
  switch (from[WIRE_FAMILY_AT] << 8 | from[WIRE_FAMILY_AT + 1]) {
    case WIRE_IPV4: return inet_ntop(AF_INET, from, to, INET6_ADDRSTRLEN) != NULL;
    case WIRE_IPV6: return inet_ntop(AF_INET6, from, to, INET6_ADDRSTRLEN) != NULL;
    case WIRE_ID: return snprintf(to, INET6_ADDRSTRLEN, "ID#%010" PRIu32, wire_get_u32(from)) > 0;
    default: return false;
  }
}

bool clients_read(const clients *t, int number, client *to) {
  const uint8_t *from = t->places + number * CLIENTS_PLACE;
  int64_t *numbers = to->numbers;

  if (!read_address(from, to->address)) return false;
  from += WIRE_ADDRESS_SIZE;
  for (int i = 0; i < 6; i++, from += 4) *numbers++ = wire_get_u32(from);
  for (int i = 0; i < 4; i++, from++) *numbers++ = *from < 0x80 ? *from : *from - 0x100;
  for (int i = 0; i < 3; i++, from += 4) *numbers++ = wire_get_u32(from);
  return true;
}

#define _DEFAULT_SOURCE
#include "wire.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h> /* getentropy, in musl */

enum { VERSION = 6, REQUEST = 1, REPLY = 2 };

uint32_t wire_get_u32(const uint8_t *from) {
  return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

void wire_put_u32(uint8_t *to, uint32_t value) {
  for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i) & 0xff);
}

chrony_err wire_send(wire_request *r, const wire_message *m, int fd, uint8_t *data) {
  const uint8_t start[] = {VERSION, REQUEST, 0, 0, 0, m->command, 0, 0};

  r->awaited = false;
  if (getentropy(&r->sequence, sizeof r->sequence) != 0) return CHRONY_RANDOM_FAILED;
  memset(data, 0, WIRE_REQUEST_HEADER);
  memcpy(data, start, sizeof start);
  memcpy(data + 8, &r->sequence, sizeof r->sequence);
  if (send(fd, data, m->size, MSG_NOSIGNAL) != (ssize_t)m->size) return CHRONY_SEND_FAILED;
  r->awaited = true;
  return CHRONY_OK;
}

static bool is_reply(const wire_request *r, const wire_message *m, const uint8_t *data,
                     ssize_t length) {
  const uint8_t start[] = {VERSION, REPLY, 0, 0, 0, m->command};

  return length >= WIRE_REPLY_HEADER && memcmp(data, start, sizeof start) == 0 &&
         memcmp(data + 16, &r->sequence, sizeof r->sequence) == 0;
}

static chrony_err error_of_status(unsigned int status) {
  switch (status) {
    case 0: return CHRONY_OK;
    case 2: return CHRONY_UNAUTHORIZED;
    case 3: return CHRONY_OLD_SERVER;
    case 15: return CHRONY_DISABLED;
    default: return CHRONY_UNEXPECTED_STATUS;
  }
}

chrony_err wire_receive(wire_request *r, const wire_message *m, int fd, uint8_t *data) {
  ssize_t length = recv(fd, data, m->size, 0);
  chrony_err error;

  if (length < 0) return CHRONY_RECV_FAILED;
  if (!is_reply(r, m, data, length)) return CHRONY_OK;
  r->awaited = false;
  error = error_of_status((unsigned int)data[8] << 8 | data[9]);
  if (error != CHRONY_OK) return error;
  if (data[6] != 0 || data[7] != m->reply_code) return CHRONY_NEW_SERVER;
  return (size_t)length < m->size ? CHRONY_INVALID_RESPONSE : CHRONY_OK;
}

/* What the two messages that libchrony lacks have in common: the headers, the sequence number and
   the status. */
#ifndef WIRE_H
#define WIRE_H

#include <chrony.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  WIRE_REQUEST_HEADER = 20,
  WIRE_REPLY_HEADER = 28,
  WIRE_ADDRESS_SIZE = 20, /* an address: its bytes, its family and padding */
  WIRE_FAMILY_AT = 16,
  WIRE_IPV4 = 1,
  WIRE_IPV6 = 2,
  WIRE_ID = 3 /* of a source whose name is not resolved */
};

/* A message: its request has this command, its reply that code. Both are as long as the reply. */
typedef struct {
  uint8_t command, reply_code;
  size_t size;
} wire_message;

/* A request that was sent. */
typedef struct {
  uint32_t sequence;
  bool awaited; /* its reply has not come yet */
} wire_request;

/* A number of 32 bits, the highest byte first. */
uint32_t wire_get_u32(const uint8_t *from);
void wire_put_u32(uint8_t *to, uint32_t value);

/* Write the header of a request to `data`, which has the payload already, and send it. */
chrony_err wire_send(wire_request *r, const wire_message *m, int fd, uint8_t *data);

/* Receive one datagram to `data`. One that is not the reply is dropped: CHRONY_OK, and it is
   awaited still. Errors are those of chrony_process_response; CHRONY_DISABLED where chronyd keeps
   no list of clients. */
chrony_err wire_receive(wire_request *r, const wire_message *m, int fd, uint8_t *data);

#endif

/* The name of a source as chronyd's configuration has it, which libchrony lacks. This file knows
   its request and its reply (source name, command 65). */
#ifndef SOURCE_NAME_H
#define SOURCE_NAME_H

#include <chrony.h>

#include "wire.h"

/* Holds a name, and the zero that a cut one lacks on the wire. */
enum { SOURCE_NAME_SIZE = 257 };

/* Write the text of a source's address as chronyd does. False: it is no address. */
bool source_name_encode(const char *text, uint8_t to[WIRE_ADDRESS_SIZE]);

/* Send a request for the name of the source with that address. */
chrony_err source_name_send(wire_request *r, int fd, const uint8_t address[WIRE_ADDRESS_SIZE]);

/* Receive one datagram, as wire_receive does, and take the name from it. */
chrony_err source_name_receive(wire_request *r, int fd, char name[SOURCE_NAME_SIZE]);

#endif

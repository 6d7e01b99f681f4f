/* The name of a source as chronyd's configuration has it, which libchrony lacks. This file knows
   its request and its reply (source name, command 65). */
#ifndef SOURCE_NAME_H
#define SOURCE_NAME_H

#include <chrony.h>

#include "wire.h"

enum {
  SOURCE_ADDRESS_SIZE = 48, /* holds the text of a source's address */
  SOURCE_NAME_SIZE = 257    /* holds a name, and the zero that a cut one lacks on the wire */
};

typedef struct {
  wire_request request;
  char address[SOURCE_ADDRESS_SIZE];
  char name[SOURCE_NAME_SIZE];
} source_name;

/* Send a request for the name of the source with n->address. */
chrony_err source_name_send(source_name *n, int fd);

/* Receive one datagram, as wire_receive does, and take the name from it. */
chrony_err source_name_receive(source_name *n, int fd);

#endif

/* The name of a source as chronyd's configuration has it: the one report that libchrony lacks. This
   file knows its request and its reply (source name, command 65), and nothing else of the wire. */
#ifndef SOURCE_NAME_H
#define SOURCE_NAME_H

#include <chrony.h>
#include <stdint.h>

enum {
  SOURCE_ADDRESS_SIZE = 48, /* holds the text of a source's address */
  SOURCE_NAME_SIZE = 257    /* holds a name, and the zero that a cut one lacks on the wire */
};

typedef struct {
  char address[SOURCE_ADDRESS_SIZE];
  uint32_t sequence;
  bool awaited;
  char name[SOURCE_NAME_SIZE];
} source_name;

/* Send a request for the name of the source with n->address. */
chrony_err source_name_ask(source_name *n, int fd);

/* Receive one datagram. One that is not the answer is dropped: CHRONY_OK, and it is awaited still.
   Errors are those of chrony_process_response. */
chrony_err source_name_hear(source_name *n, int fd);

#endif

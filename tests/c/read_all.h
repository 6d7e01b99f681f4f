/* Read all that there is of a record, and end the program where it is not as it must be. */
#ifndef READ_ALL_H
#define READ_ALL_H

#include <chrony.h>

#include "../../src/binding/clients.h"
#include "../../src/binding/source_name.h"

/* Read each byte of a text, of which there may be none. */
void read_text(const char *text);

/* Read the fields of a session's record by all getters. */
void read_record(chrony_session *s);

/* Read a source's name. */
void read_name(const char name[SOURCE_NAME_SIZE]);

/* Read the clients of the last answer. */
void read_clients(const clients *t);

#endif

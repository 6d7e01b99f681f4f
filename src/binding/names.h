/* The sources of a list that is read with names, and their names. */
#ifndef NAMES_H
#define NAMES_H

#include "connection.h"

/* Forget the sources of the last list, and give much memory back. */
void names_clear(pychrony_connection *c);

/* Append the source that a record is about, by the text of its address. False: no memory. */
bool names_append(pychrony_connection *c, const char *address);

/* Free all of them. */
void names_free(pychrony_connection *c);

#endif

/* Records, as they are copied out of libchrony. */
#ifndef RECORDS_H
#define RECORDS_H

#include "connection.h"

/* Forget the records of the last list, and give much memory back. */
void records_clear_list(pychrony_connection *c);

/* Copy the record at hand to its layout's bytes, or to the list where the layout is a fleet's. The
   layout's number; negative: no memory. */
int records_copy(pychrony_connection *c, chrony_session *s);

/* Append the record at hand to the list; before it, where `address` is not NULL, a text field
   "address". The layout's number; negative: no memory. */
int records_append(pychrony_connection *c, chrony_session *s, const char *address);

/* Append a client to the list. False: no memory. */
bool records_append_client(pychrony_connection *c, const client *from);

/* Copy the field "address" of the record at hand, "" where it is not there. */
void records_copy_address(chrony_session *s, char to[SOURCE_ADDRESS_SIZE]);

/* Free all records, and the layouts that are the connection's own. */
void records_free(pychrony_connection *c);

/* Free the layouts of a connection or of a fleet. */
void records_free_layouts(known_layouts *layouts);

/* Around what makes libchrony 0.2 write to the text that all threads share. Never held while the
   network is waited for. */
void records_lock_texts(void);
void records_unlock_texts(void);

#endif

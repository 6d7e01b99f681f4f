/* The connection's socket, and the sessions on it. */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "connection.h"

/* Open the socket anew, as a non-blocking one. The sessions are freed. 0, or -1 with errno set. */
int transport_reopen(pychrony_connection *c);

/* Drop late answers, and errors that belong to earlier requests. 0, or -1 with errno set. */
int transport_drain(pychrony_connection *c);

/* Free the sessions. Answers to their requests will not be taken for others. */
void transport_free_sessions(pychrony_connection *c);

#endif

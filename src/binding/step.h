/* An exchange without waiting, for whoever waits in another way: an event loop, or a fleet. */
#ifndef STEP_H
#define STEP_H

#include "exchange.h"

/* The time of CLOCK_MONOTONIC, in nanoseconds. */
int64_t step_now(void);

/* Begin an exchange, and send nothing yet. GO_ON, or PYCHRONY_FAILED. */
int step_begin(pychrony_connection *c, pychrony_operation operation, int report, int record);

#endif

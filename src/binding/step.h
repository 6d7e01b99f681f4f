/* An exchange without waiting, for whoever waits in another way: an event loop, or a fleet. */
#ifndef STEP_H
#define STEP_H

#include "exchange.h"

/* The time of CLOCK_MONOTONIC, in nanoseconds. */
int64_t step_now(void);

#endif

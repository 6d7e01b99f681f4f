/* Insist that what an exchange came to is what binding.h says, and read all that there is of it. */
#ifndef CHECK_OUTCOME_H
#define CHECK_OUTCOME_H

#include "connection.h"

/* `outcome` is that of an exchange that is over. */
void check_outcome(const pychrony_connection *c, pychrony_operation operation, int outcome);

#endif

#include "chrony.h"

#include <stddef.h>

const char *chrony_get_error_string(chrony_err e) {
  static const char *const texts[] = {
      [CHRONY_OK] = "success",
      [CHRONY_NO_MEMORY] = "not enough memory",
      [CHRONY_NO_RANDOM] = "no source of random numbers",
      [CHRONY_UNKNOWN_REPORT] = "unknown report",
      [CHRONY_RANDOM_FAILED] = "could not get a random number",
      [CHRONY_SEND_FAILED] = "could not send the request",
      [CHRONY_RECV_FAILED] = "could not receive the answer",
      [CHRONY_INVALID_ARGUMENT] = "invalid argument",
      [CHRONY_UNEXPECTED_CALL] = "no answer is awaited",
      [CHRONY_UNAUTHORIZED] = "chronyd does not allow this client to read the report",
      [CHRONY_DISABLED] = "chronyd runs without what the report is about",
      [CHRONY_UNEXPECTED_STATUS] = "chronyd refused the request",
      [CHRONY_OLD_SERVER] = "chronyd is too old for the report",
      [CHRONY_NEW_SERVER] = "chronyd is too new for this library",
      [CHRONY_INVALID_RESPONSE] = "invalid answer",
  };
  size_t code = (size_t)e;

  return code < sizeof texts / sizeof *texts ? texts[code] : "unknown error";
}

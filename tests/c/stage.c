/* What the binding makes of a Unix socket that cannot be opened, while somebody else changes its
   folder.

     stage PATH ERRNO [OTHER]   opens PATH where no socket can be bound, for that reason ("0": it
                                can), and OTHER is moved to PATH as soon as that has failed

   Prints each path that a socket was connected to, and then "STAGE ERRNO". Where NO_PROC is set in
   the environment, it seems to have no /proc. */
#define _DEFAULT_SOURCE
#include <chrony.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "binding.h"

static const char *other;
static const char *path;
static int bind_error;

int __real_bind(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length);
int __real_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
int __real_chrony_open_socket(const char *address);
int __wrap_chrony_open_socket(const char *address);

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length) {
  if (bind_error == 0) return __real_bind(fd, address, length);
  errno = bind_error;
  return -1;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length) {
  const char *to = ((const struct sockaddr_un *)(const void *)address)->sun_path;
  struct sockaddr_un peer = {0};
  socklen_t room = sizeof peer - 1;

  if (address->sa_family == AF_UNIX && strncmp(to, "/proc/", 6) == 0 && getenv("NO_PROC")) {
    errno = ENOENT;
    return -1;
  }
  if (__real_connect(fd, address, length) != 0) return -1;
  if (getpeername(fd, (struct sockaddr *)&peer, &room) == 0) printf("%s\n", peer.sun_path);
  return 0;
}

int __wrap_chrony_open_socket(const char *address) {
  int fd = __real_chrony_open_socket(address), saved = errno;

  if (fd < 0 && other != NULL && rename(other, path) != 0) exit(2);
  errno = saved;
  return fd;
}

int main(int argc, char **argv) {
  static const char *const names[] = {[PYCHRONY_FINDING] = "finding",
                                      [PYCHRONY_CONNECTING] = "connecting",
                                      [PYCHRONY_BINDING] = "binding",
                                      [PYCHRONY_EXCHANGING] = "exchanging"};
  pychrony_connection *c = pychrony_new();
  const pychrony_failure *failure = pychrony_get_failure(c);

  if (c == NULL || argc < 3) return 2;
  path = argv[1];
  bind_error = atoi(argv[2]);
  other = argc > 3 ? argv[3] : NULL;
  pychrony_open(c, path);
  printf("%s %d\n", names[failure->stage], failure->system_error);
  pychrony_free(c);
  return 0;
}

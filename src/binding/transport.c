#define _GNU_SOURCE /* O_PATH */
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "names.h"
#include "records.h"

void transport_free_sessions(pychrony_connection *c) {
  for (int i = 0; i < MAX_IN_FLIGHT; i++) {
    if (c->sessions[i] != NULL) chrony_deinit_session(c->sessions[i]);
    c->sessions[i] = NULL;
  }
}

/* Only a Unix socket has files, and only the process that opened it removes them. */
static void close_socket(pychrony_connection *c) {
  bool is_udp;

  transport_free_sessions(c);
  if (c->fd < 0) return;
  is_udp = c->address[0] != '/' && c->address[0] != '\0';
  if (is_udp || c->process != getpid())
    close(c->fd);
  else
    chrony_close_socket(c->fd);
  c->fd = -1;
}

/* Connect a socket to the one that a descriptor is of (O_PATH), and close it: it has no name, and
   leaves no file. 0, or -1 with errno set; also where there is no /proc, and so no way to try. */
static int try_server(int server) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), outcome, saved;

  if (fd < 0) return -1;
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/thread-self/fd/%d", server);
  outcome = connect(fd, (struct sockaddr *)&address, sizeof address);
  saved = errno;
  close(fd);
  errno = saved;
  return outcome;
}

/* What failed, where there is something at the server's path. A link, or a socket that has another
   name too, may have been put there: it is left alone. Sets errno, if that is another one. */
static pychrony_stage find_stage_at(int server) {
  int saved = errno;
  struct stat found;

  if (fstat(server, &found) != 0) return PYCHRONY_FINDING;
  if (S_ISSOCK(found.st_mode)) {
    if (found.st_nlink == 1 && try_server(server) != 0 && errno != ENOENT && errno != ENOTDIR)
      return PYCHRONY_CONNECTING;
  } else if (!S_ISLNK(found.st_mode)) {
    errno = ENOTSOCK;
    return PYCHRONY_FINDING;
  }
  errno = saved;
  return PYCHRONY_BINDING;
}

/* What failed, where chrony_open_socket did: the server's socket and the client's own fail with the
   same errno. The server's is tried alone then, which sends nothing. Sets errno. */
static pychrony_stage find_stage(const char *address) {
  int saved = errno, server;
  pychrony_stage stage;

  if (*address != '/') return PYCHRONY_CONNECTING;
  if (errno == ENOENT) return PYCHRONY_FINDING;
  server = open(address, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (server < 0) return PYCHRONY_FINDING;
  errno = saved;
  stage = find_stage_at(server);
  saved = errno;
  close(server);
  errno = saved;
  return stage;
}

int transport_reopen(pychrony_connection *c) {
  int on = 1;

  close_socket(c);
  c->process = getpid();
  c->fd = chrony_open_socket(c->address);
  c->failure.stage = c->fd < 0 ? find_stage(c->address) : PYCHRONY_EXCHANGING;
  if (c->fd < 0) return -1;
  if (ioctl(c->fd, FIONBIO, &on) == 0) {
    c->counts.opened++;
    return 0;
  }
  close_socket(c);
  return -1;
}

int transport_drain(pychrony_connection *c) {
  char byte;

  transport_free_sessions(c);
  if (c->fd < 0) return transport_reopen(c);
  /* A server that floods is left to the exchange, which has a deadline. */
  for (int i = 0; i < MAX_DATAGRAMS; i++)
    if (recv(c->fd, &byte, sizeof byte, 0) < 0 && errno == EAGAIN) break;
  return 0;
}

pychrony_connection *pychrony_new(void) {
  pychrony_connection *c = calloc(1, sizeof *c);

  if (c == NULL) return NULL;
  c->fd = -1;
  c->is_drained = true;
  c->layouts = &c->own_layouts;
  return c;
}

int pychrony_open(pychrony_connection *c, const char *address) {
  if (c == NULL) {
    errno = ENOMEM;
    return -1;
  }
  c->address = strdup(address);
  if (c->address != NULL && transport_reopen(c) == 0) return 0;
  c->failure.system_error = errno;
  return -1;
}

int pychrony_has_answered(const pychrony_connection *c) { return c != NULL && c->has_answered; }

void pychrony_free(pychrony_connection *c) {
  if (c == NULL) return;
  close_socket(c);
  records_free(c);
  names_free(c);
  free(c->address);
  free(c);
}

void pychrony_remove_files(const pychrony_connection *c) {
  /* Through a duplicate, for the thread that may be using the descriptor. */
  if (c != NULL && c->fd >= 0 && c->process == getpid()) chrony_close_socket(dup(c->fd));
}

const pychrony_failure *pychrony_get_failure(const pychrony_connection *c) {
  static const pychrony_failure no_connection = {.error = CHRONY_UNEXPECTED_CALL};

  return c == NULL ? &no_connection : &c->failure;
}

const pychrony_counts *pychrony_get_counts(const pychrony_connection *c) {
  static const pychrony_counts none = {0};

  return c == NULL ? &none : &c->counts;
}

const char *pychrony_get_libchrony_kind(void) { return PYCHRONY_LIBCHRONY_KIND; }

const char *pychrony_get_libchrony_version(void) { return PYCHRONY_LIBCHRONY_VERSION; }

const char *pychrony_get_version(void) { return PYCHRONY_VERSION; }

/* chronyd answers to a socket that the client binds, so that socket must be a file which chronyd's
   user can write to: "libchrony." and 16 random digits, directly in the folder of chronyd's socket,
   for a chronyd confined by AppArmor may write no deeper.

   That folder belongs to chronyd's user, who may put anything in the place of anything at any
   moment. So both sockets are looked up once, as descriptors, relative to the folder's; what was
   found is checked, and used by its descriptor. */
#define _GNU_SOURCE /* O_PATH, unshare */
#include "unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "libchrony."

enum { PREFIX_LENGTH = sizeof PREFIX - 1, NUMBER_LENGTH = 16 };
enum { NAME_LENGTH = PREFIX_LENGTH + NUMBER_LENGTH };

/* chronyd, running as its own user, must be able to write to the client's socket. */
enum { SOCKET_MODE = 0666 };

typedef struct {
  const char *path;     /* of chronyd's socket */
  size_t folder_length; /* how much of it is the folder, with the slash */
  int folder, server;   /* descriptors that only name what they are of (O_PATH) */
} place;

static int fail(int error) {
  errno = error;
  return -1;
}

/* Close, and keep errno: used where something else has failed already. */
static int close_quietly(int fd) {
  int saved = errno;

  if (fd >= 0) close(fd);
  return fail(saved);
}

static int call_connect(int fd, const struct sockaddr_un *address) {
  return connect(fd, (const struct sockaddr *)address, sizeof *address);
}

/* A path that leads to what a descriptor is of, whatever has become of its name. A thread may have
   descriptors of its own, hence not /proc/self. */
static struct sockaddr_un path_of_descriptor(int fd) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};

  snprintf(address.sun_path, sizeof address.sun_path, "/proc/thread-self/fd/%d", fd);
  return address;
}

static int connect_descriptor(int fd, int target) {
  struct sockaddr_un address = path_of_descriptor(target);

  return call_connect(fd, &address);
}

/* The path that the socket at the other end was bound to; "" where there is none. */
static struct sockaddr_un path_of_peer(int fd) {
  struct sockaddr_un peer = {0};
  socklen_t length = sizeof peer - 1; /* so that the path ends in a zero in any case */

  if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0) peer.sun_path[0] = '\0';
  return peer;
}

/* chronyd's socket must have this one name: a hard link could be of another daemon's socket, and so
   could a link be. */
static int open_server(int folder, const char *name) {
  struct stat status;
  int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0 || fstat(fd, &status) != 0) return close_quietly(fd);
  if (S_ISSOCK(status.st_mode) && status.st_nlink <= 1) return fd;
  errno = S_ISSOCK(status.st_mode) ? EMLINK : S_ISLNK(status.st_mode) ? ELOOP : ENOTSOCK;
  return close_quietly(fd);
}

static int open_place(const char *server, place *where) {
  const char *name = strrchr(server, '/') + 1;
  char folder[sizeof((struct sockaddr_un *)0)->sun_path];

  where->path = server;
  where->folder_length = (size_t)(name - server);
  if (strlen(server) >= sizeof folder || where->folder_length + NAME_LENGTH >= sizeof folder)
    return fail(ENAMETOOLONG);
  memcpy(folder, server, where->folder_length);
  folder[where->folder_length] = '\0';
  where->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (where->folder < 0) return -1;
  where->server = open_server(where->folder, *name == '\0' ? "." : name);
  return where->server < 0 ? close_quietly(where->folder) : 0;
}

/* Whether the peer is the socket that was looked up: by the name that it was bound to, which nobody
   can choose but whoever bound it. */
static bool is_connected_to_server(int fd, const place *where) {
  struct sockaddr_un peer = path_of_peer(fd);
  struct stat expected, found;

  return *peer.sun_path == '/' && lstat(peer.sun_path, &found) == 0 &&
         fstat(where->server, &expected) == 0 && found.st_dev == expected.st_dev &&
         found.st_ino == expected.st_ino;
}

/* Whether the peer was bound to the name that it was found under, and not moved there. */
static bool is_bound_to_name(int fd, const place *where) {
  struct sockaddr_un peer = path_of_peer(fd);
  const char *slash = strrchr(peer.sun_path, '/');

  return strcmp(slash == NULL ? peer.sun_path : slash + 1, where->path + where->folder_length) == 0;
}

static int connect_server(int fd, const place *where) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};

  if (connect_descriptor(fd, where->server) == 0)
    return is_bound_to_name(fd, where) ? 0 : fail(EMLINK);
  if (errno != ENOENT && errno != ENOTDIR) return -1;
  /* There is no /proc. */
  memcpy(address.sun_path, where->path, strlen(where->path) + 1);
  if (call_connect(fd, &address) != 0) return -1;
  if (!is_connected_to_server(fd, where)) return fail(ESTALE);
  return is_bound_to_name(fd, where) ? 0 : fail(EMLINK);
}

/* Whether a file may be the one that binding a socket made: a socket itself has the user who made
   it for its owner, as the file has. */
static bool may_be_of_socket(const struct stat *made, const struct stat *file) {
  return S_ISSOCK(file->st_mode) && file->st_nlink == 1 && made->st_uid == file->st_uid;
}

/* Open the file of the client's socket, in the folder that was opened. */
static int open_own(int fd, const place *where, const struct sockaddr_un *own) {
  struct stat made, status;
  int found = openat(where->folder, own->sun_path + where->folder_length,
                     O_PATH | O_NOFOLLOW | O_CLOEXEC);

  if (found < 0) return errno == ENOENT ? fail(ESTALE) : -1;
  if (fstat(fd, &made) == 0 && fstat(found, &status) == 0 && may_be_of_socket(&made, &status))
    return found;
  close(found);
  return fail(ESTALE);
}

/* Make sure that a file is that of the client's socket, and not another socket of the same user's
   that was moved there: only then is the peer, connected through the file, the socket itself. */
static int prove_own(int fd, int found, const struct sockaddr_un *own) {
  struct sockaddr_un peer;

  if (connect_descriptor(fd, found) != 0)
    return errno == ECONNREFUSED || errno == EPROTOTYPE ? fail(ESTALE) : -1;
  peer = path_of_peer(fd);
  return strcmp(peer.sun_path, own->sun_path) == 0 ? 0 : fail(ESTALE);
}

/* The first way to a socket that chronyd can write to: bind it, and set the mode of its file by a
   descriptor. EOPNOTSUPP where that cannot be done. */
static int bind_and_set_mode(int fd, const place *where, const struct sockaddr_un *own) {
  static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  struct sockaddr_un path;
  int found, done;

  if (connect(fd, &nobody, sizeof nobody) != 0) return -1;
  if (bind(fd, (const struct sockaddr *)own, sizeof *own) != 0) return -1;
  found = open_own(fd, where, own);
  if (found < 0) return -1;
  path = path_of_descriptor(found);
  done = prove_own(fd, found, own) == 0 ? chmod(path.sun_path, SOCKET_MODE) : -1;
  if (done != 0 && errno != ESTALE) errno = EOPNOTSUPP;
  close_quietly(found);
  return done;
}

typedef struct {
  int fd;
  const struct sockaddr_un *own;
  int error;
} bind_call;

static void *bind_without_umask(void *argument) {
  bind_call *to_do = argument;

  if (unshare(CLONE_FS) != 0) {
    to_do->error = EOPNOTSUPP;
    return NULL;
  }
  umask(0); /* this thread's alone now */
  if (bind(to_do->fd, (const struct sockaddr *)to_do->own, sizeof *to_do->own) != 0)
    to_do->error = errno;
  return NULL;
}

/* The second way, which needs no /proc: the file is born with the socket's own mode, less the
   umask, and a thread can have an umask of its own. */
static int bind_with_mode(int fd, const place *where, const struct sockaddr_un *own) {
  bind_call to_do = {fd, own, 0};
  pthread_t thread;
  sigset_t all, before;
  int found, error;

  if (fchmod(fd, SOCKET_MODE) != 0) return fail(EOPNOTSUPP);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the program's own threads */
  error = pthread_create(&thread, NULL, bind_without_umask, &to_do);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error != 0) return fail(error);
  pthread_join(thread, NULL);
  if (to_do.error != 0) return fail(to_do.error);
  found = open_own(fd, where, own);
  close_quietly(found);
  return found < 0 ? -1 : 0;
}

static int choose_own_path(const place *where, struct sockaddr_un *own) {
  uint64_t number;

  if (getentropy(&number, sizeof number) != 0) return -1;
  snprintf(own->sun_path, sizeof own->sun_path, "%.*s" PREFIX "%016" PRIx64,
           (int)where->folder_length, where->path, number);
  return 0;
}

/* A socket that is connected takes datagrams from its peer alone. It is connected before it is
   bound too, so that no file is made where nobody listens. */
static int open_bound(const place *where,
                      int (*bind_own)(int, const place *, const struct sockaddr_un *)) {
  struct sockaddr_un own = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0) return -1;
  if (connect_server(fd, where) == 0 && choose_own_path(where, &own) == 0 &&
      bind_own(fd, where, &own) == 0 && connect_server(fd, where) == 0)
    return fd;
  unix_socket_close(fd);
  return -1;
}

int unix_socket_open(const char *server) {
  place where;
  int fd;

  if (open_place(server, &where) != 0) return -1;
  fd = open_bound(&where, bind_and_set_mode);
  if (fd < 0 && errno == EOPNOTSUPP) fd = open_bound(&where, bind_with_mode);
  close_quietly(where.server);
  close_quietly(where.folder);
  return fd;
}

static bool is_own_name(const char *name) {
  return strncmp(name, PREFIX, PREFIX_LENGTH) == 0 && strlen(name) == NAME_LENGTH &&
         strspn(name + PREFIX_LENGTH, "0123456789abcdef") == NUMBER_LENGTH;
}

/* Split the path that a socket is bound to. False where it is none of those made here. */
static bool find_own(int fd, struct sockaddr_un *folder, char name[NAME_LENGTH + 1]) {
  socklen_t length = sizeof *folder - 1; /* so that the path ends in a zero in any case */
  char *slash;

  if (getsockname(fd, (struct sockaddr *)folder, &length) != 0) return false;
  slash = folder->sun_family == AF_UNIX ? strrchr(folder->sun_path, '/') : NULL;
  if (slash == NULL || !is_own_name(slash + 1)) return false;
  memcpy(name, slash + 1, NAME_LENGTH + 1);
  slash[1] = '\0';
  return true;
}

/* There is nothing but the path to go by, for the descriptor of the folder was closed. At worst,
   somebody who may write to the folder puts another file there between the look and the removal:
   then that name of it goes, which he could have removed himself. No link is followed, and no
   folder removed. */
static void remove_own(const char *path, const char *name, const struct stat *made) {
  struct stat status;
  int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

  if (folder >= 0 && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      may_be_of_socket(made, &status))
    unlinkat(folder, name, 0);
  close_quietly(folder);
}

void unix_socket_close(int fd) {
  struct sockaddr_un folder = {0};
  char name[NAME_LENGTH + 1];
  struct stat made;
  int saved = errno;
  bool has_file = find_own(fd, &folder, name) && fstat(fd, &made) == 0;

  close(fd); /* at first, for there may be no other descriptor to have */
  if (has_file) remove_own(folder.sun_path, name, &made);
  errno = saved;
}

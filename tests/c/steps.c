/* Lets a test play the attacker at each step of opening and closing a socket, or let a step fail.

   To be linked with -Wl,--wrap of each function below. Before each such call of the library's the
   program prints "before NAME PATH" ("-" where there is no path), and after it "after NAME". Each
   time it reads a line: "go", or "fail ERRNO" for a call that is not made, and fails. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool in_library;

/* The number after "fail", or 0. */
static int stop(const char *when, const char *call, const char *path) {
  static const char fail[] = "fail ";
  char line[256];

  if (!in_library) return 0;
  printf("%s %s %s\n", when, call, path);
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) exit(2);
  return strncmp(line, fail, strlen(fail)) == 0 ? atoi(line + strlen(fail)) : 0;
}

static int after(const char *call, int result) {
  int saved = errno;

  stop("after", call, "-");
  errno = saved;
  return result;
}

static const char *path_in(const struct sockaddr *address) {
  return address->sa_family == AF_UNIX ? ((const struct sockaddr_un *)(const void *)address)->sun_path
                                       : "-";
}

#define WRAP(name, path, parameters, arguments)        \
  int __real_##name parameters;                        \
  int __wrap_##name parameters;                        \
  int __wrap_##name parameters {                       \
    int error = stop("before", #name, path);           \
    if (error == 0) return after(#name, __real_##name arguments); \
    errno = error;                                     \
    return -1;                                         \
  }

WRAP(open, file, (const char *file, int flags, ...), (file, flags))
WRAP(openat, file, (int at, const char *file, int flags, ...), (at, file, flags))
WRAP(fstat, "-", (int fd, struct stat *status), (fd, status))
WRAP(lstat, file, (const char *file, struct stat *status), (file, status))
WRAP(fstatat, file, (int at, const char *file, struct stat *status, int flags),
     (at, file, status, flags))
WRAP(socket, "-", (int domain, int type, int protocol), (domain, type, protocol))
WRAP(connect, path_in(address), (int fd, const struct sockaddr *address, socklen_t length),
     (fd, address, length))
WRAP(bind, path_in(address), (int fd, const struct sockaddr *address, socklen_t length),
     (fd, address, length))
WRAP(getsockname, "-", (int fd, struct sockaddr *address, socklen_t *length), (fd, address, length))
WRAP(getpeername, "-", (int fd, struct sockaddr *address, socklen_t *length), (fd, address, length))
WRAP(getentropy, "-", (void *bytes, size_t size), (bytes, size))
WRAP(chmod, file, (const char *file, mode_t mode), (file, mode))
WRAP(fchmod, "-", (int fd, mode_t mode), (fd, mode))
WRAP(fchmodat, file, (int at, const char *file, mode_t mode, int flags), (at, file, mode, flags))
WRAP(mkdirat, file, (int at, const char *file, mode_t mode), (at, file, mode))
WRAP(unlinkat, file, (int at, const char *file, int flags), (at, file, flags))
WRAP(unshare, "-", (int flags), (flags))

int __real_chrony_open_socket(const char *address);
int __wrap_chrony_open_socket(const char *address);
void __real_chrony_close_socket(int fd);
void __wrap_chrony_close_socket(int fd);

int __wrap_chrony_open_socket(const char *address) {
  int fd;

  in_library = true;
  fd = __real_chrony_open_socket(address);
  in_library = false;
  return fd;
}

void __wrap_chrony_close_socket(int fd) {
  in_library = true;
  __real_chrony_close_socket(fd);
  in_library = false;
}

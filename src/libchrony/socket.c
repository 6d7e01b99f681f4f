#define _GNU_SOURCE /* O_PATH */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "chrony.h"

enum { DEFAULT_PORT = 323, MAX_PORT = 65535 };

/* chronyd, running as its own user, must be able to pass through the folders and write to the
   socket; nobody else can list the folders, and so cannot know the socket's name. */
enum { FOLDER_MODE = 0711, SOCKET_MODE = 0666 };

/* Where a client's own socket lies: FOLDER/OUTER/INNER/sock, FOLDER being that of the server's. */
static const char socket_name[] = "sock";
enum { OUTER_SIZE = sizeof "libchrony.01234567", INNER_SIZE = sizeof "01234567" };

typedef struct {
  char folder[sizeof((struct sockaddr_un *)0)->sun_path];
  char outer[OUTER_SIZE];
  char inner[INNER_SIZE];
} client_path;

static int open_folder(int at, const char *name) {
  return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Close, and keep errno: used where something else has failed already. */
static int close_quietly(int fd) {
  int saved = errno;

  if (fd >= 0) close(fd);
  errno = saved;
  return -1;
}

/* Remove what bind_client_socket made, or as much of it as there is. Folders are opened one by
   one and links not followed, so that nothing else can be put in their place. */
static void remove_client_path(const client_path *path) {
  int saved = errno, folder, outer, inner;

  folder = open(path->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  outer = folder < 0 ? -1 : open_folder(folder, path->outer);
  inner = outer < 0 ? -1 : open_folder(outer, path->inner);
  if (inner >= 0) unlinkat(inner, socket_name, 0);
  if (outer >= 0) unlinkat(outer, path->inner, AT_REMOVEDIR);
  if (folder >= 0) unlinkat(folder, path->outer, AT_REMOVEDIR);
  close_quietly(inner);
  close_quietly(outer);
  close_quietly(folder);
  errno = saved;
}

/* Make a folder and open it. The mode is set again, for the umask may have narrowed it. */
static int make_folder(int at, const char *name) {
  int fd;

  if (mkdirat(at, name, FOLDER_MODE) != 0) return -1;
  fd = open_folder(at, name);
  if (fd >= 0 && fchmod(fd, FOLDER_MODE) != 0) return close_quietly(fd);
  return fd;
}

static int join_client_path(const client_path *path, struct sockaddr_un *to) {
  int length = snprintf(to->sun_path, sizeof to->sun_path, "%s/%s/%s/%s", path->folder, path->outer,
                        path->inner, socket_name);

  if (length >= 0 && (size_t)length < sizeof to->sun_path) return 0;
  errno = ENAMETOOLONG;
  return -1;
}

static int bind_client_socket(int fd, const client_path *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int folder, outer, inner, bound = -1;

  if (join_client_path(path, &address) != 0) return -1;
  folder = open(path->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  outer = folder < 0 ? -1 : make_folder(folder, path->outer);
  inner = outer < 0 ? -1 : make_folder(outer, path->inner);
  if (inner >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
    bound = fchmodat(inner, socket_name, SOCKET_MODE, 0);
  close_quietly(inner);
  close_quietly(outer);
  close_quietly(folder);
  return bound;
}

/* Choose names that nobody can predict, beside the server's socket. */
static int choose_client_path(const char *server, client_path *path) {
  const char *slash = strrchr(server, '/');
  size_t length = slash == server ? 1 : (size_t)(slash - server);
  uint32_t names[2];

  if (length >= sizeof path->folder) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (getentropy(names, sizeof names) != 0) return -1;
  memcpy(path->folder, server, length);
  path->folder[length] = '\0';
  snprintf(path->outer, sizeof path->outer, "libchrony.%08" PRIx32, names[0]);
  snprintf(path->inner, sizeof path->inner, "%08" PRIx32, names[1]);
  return 0;
}

static int open_unix_socket(const char *server) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  client_path path;
  int fd;

  if (strlen(server) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (choose_client_path(server, &path) != 0) return -1;
  memcpy(address.sun_path, server, strlen(server) + 1);
  fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (bind_client_socket(fd, &path) == 0 &&
      connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
    return fd;
  remove_client_path(&path);
  return close_quietly(fd);
}

/* The text of a port: digits alone, 1 to 65535. Negative where it is anything else. */
static int parse_port(const char *text) {
  int port = 0;

  if (*text == '\0') return -1;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9') return -1;
    port = port * 10 + (*text - '0');
    if (port > MAX_PORT) return -1;
  }
  return port > 0 ? port : -1;
}

/* Split "HOST", "HOST:PORT", "[HOST]" or "[HOST]:PORT", where a bare HOST with more than one colon
   is IPv6. Returns the port, negative where the text is none of these. */
static int split_host_port(const char *text, char host[INET6_ADDRSTRLEN]) {
  const char *start = text, *end = strchr(text, '\0'), *colon = strchr(text, ':');
  int port = DEFAULT_PORT;

  if (*text == '[') {
    start = text + 1;
    end = strchr(start, ']');
    if (end == NULL) return -1;
    if (end[1] == ':')
      port = parse_port(end + 2);
    else if (end[1] != '\0')
      return -1;
  } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
    end = colon;
    port = parse_port(colon + 1);
  }
  if (end - start >= INET6_ADDRSTRLEN) return -1;
  memcpy(host, start, (size_t)(end - start));
  host[end - start] = '\0';
  return port;
}

static int connect_udp_socket(const struct sockaddr *address, socklen_t length) {
  int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || connect(fd, address, length) == 0) return fd;
  return close_quietly(fd);
}

static int open_udp_socket(const char *text) {
  struct sockaddr_in ipv4 = {.sin_family = AF_INET};
  struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
  char host[INET6_ADDRSTRLEN];
  int port = split_host_port(text, host);

  if (port > 0 && *text != '[' && inet_pton(AF_INET, host, &ipv4.sin_addr) == 1) {
    ipv4.sin_port = htons((uint16_t)port);
    return connect_udp_socket((struct sockaddr *)&ipv4, sizeof ipv4);
  }
  if (port > 0 && inet_pton(AF_INET6, host, &ipv6.sin6_addr) == 1) {
    ipv6.sin6_port = htons((uint16_t)port);
    return connect_udp_socket((struct sockaddr *)&ipv6, sizeof ipv6);
  }
  errno = EINVAL;
  return -1;
}

int chrony_open_socket(const char *address) {
  static const char *const defaults[] = {"/var/run/chrony/chronyd.sock", "127.0.0.1:323",
                                         "[::1]:323"};
  int fd = -1;

  if (address != NULL && *address == '/') return open_unix_socket(address);
  if (address != NULL && *address != '\0') return open_udp_socket(address);
  for (size_t i = 0; fd < 0 && i < sizeof defaults / sizeof *defaults; i++)
    fd = chrony_open_socket(defaults[i]);
  return fd;
}

/* Cut the last part off a path, and return it; NULL where there is none. */
static const char *cut_last_name(char *path) {
  char *slash = strrchr(path, '/');

  if (slash == NULL) return NULL;
  *slash = '\0';
  return slash + 1;
}

/* Take the path of a bound socket apart. False where it is not one that was made here. */
static bool split_client_path(char *bound, client_path *path) {
  static const char prefix[] = "libchrony.";
  const char *name = cut_last_name(bound), *inner = cut_last_name(bound),
             *outer = cut_last_name(bound);

  if (name == NULL || inner == NULL || outer == NULL) return false;
  if (strcmp(name, socket_name) != 0 || strncmp(outer, prefix, strlen(prefix)) != 0) return false;
  if (strlen(outer) != OUTER_SIZE - 1 || strlen(inner) != INNER_SIZE - 1) return false;
  memcpy(path->outer, outer, OUTER_SIZE);
  memcpy(path->inner, inner, INNER_SIZE);
  snprintf(path->folder, sizeof path->folder, "%s", *bound == '\0' ? "/" : bound);
  return true;
}

void chrony_close_socket(int fd) {
  struct sockaddr_un address = {0};
  socklen_t length = sizeof address - 1; /* so that the path ends in a zero in any case */
  client_path path;

  if (fd < 0) return;
  if (getsockname(fd, (struct sockaddr *)&address, &length) == 0 && address.sun_family == AF_UNIX &&
      split_client_path(address.sun_path, &path))
    remove_client_path(&path);
  close_quietly(fd);
}

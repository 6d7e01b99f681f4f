#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chrony.h"
#include "unix_socket.h"

enum { DEFAULT_PORT = 323, MAX_PORT = 65535 };

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
  int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

  if (fd < 0 || connect(fd, address, length) == 0) return fd;
  error = errno;
  close(fd);
  errno = error;
  return -1;
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

  if (address != NULL && *address == '/') return unix_socket_open(address);
  if (address != NULL && *address != '\0') return open_udp_socket(address);
  for (size_t i = 0; fd < 0 && i < sizeof defaults / sizeof *defaults; i++)
    fd = chrony_open_socket(defaults[i]);
  return fd;
}

void chrony_close_socket(int fd) {
  if (fd >= 0) unix_socket_close(fd);
}

/* Opens and closes sockets for a test that looks at the file system meanwhile.

   Reads one command a line, and answers each with one line:

     open [ADDRESS]         "opened PEER", or "failed ERRNO"; NULL without an address
     open-as UID ADDRESS    the same with that effective user
     bind PATH              "bound": a Unix socket that chrony_open_socket did not make
     send TEXT              "sent", on the socket that was opened last
     receive                "received TEXT"
     close                  "closed"
     close-again            "closed": the same descriptor, which is none any more
     umask                  this process's
     chroot PATH            "changed": that folder is / from now on
     descriptors            how many this process has
     spare COUNT            "limited": it can have so many more at the most

   Linked with steps.c it stops at each system call of the library's. */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <chrony.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE = 4096, MOST_DESCRIPTORS = 256 };

typedef union {
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
  struct sockaddr_un local;
} socket_address;

static void give_up(const char *what) {
  perror(what);
  exit(2);
}

static void print_peer(int fd) {
  socket_address peer = {0};
  socklen_t length = sizeof peer;
  char text[INET6_ADDRSTRLEN];

  if (getpeername(fd, &peer.any, &length) != 0) give_up("getpeername");
  if (peer.any.sa_family == AF_UNIX)
    printf("opened %s\n", peer.local.sun_path);
  else if (peer.any.sa_family == AF_INET)
    printf("opened %s %d\n", inet_ntop(AF_INET, &peer.ipv4.sin_addr, text, sizeof text),
           ntohs(peer.ipv4.sin_port));
  else
    printf("opened %s %d\n", inet_ntop(AF_INET6, &peer.ipv6.sin6_addr, text, sizeof text),
           ntohs(peer.ipv6.sin6_port));
}

static int open_socket(const char *address) {
  int fd;

  errno = 0;
  fd = chrony_open_socket(address);
  if (fd < 0)
    printf("failed %d\n", errno);
  else
    print_peer(fd);
  return fd;
}

static int open_as(const char *argument) {
  char *address;
  uid_t uid = (uid_t)strtoul(argument, &address, 10);
  int fd;

  if (seteuid(uid) != 0) give_up("seteuid");
  fd = open_socket(address + 1);
  if (seteuid(getuid()) != 0) give_up("seteuid");
  return fd;
}

static int bind_socket(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

  if (strlen(path) >= sizeof address.sun_path) give_up("the path is too long");
  memcpy(address.sun_path, path, strlen(path) + 1);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) give_up("bind");
  printf("bound\n");
  return fd;
}

static void receive(int fd) {
  char text[LINE];
  ssize_t length = recv(fd, text, sizeof text - 1, 0);

  if (length < 0) give_up("recv");
  text[length] = '\0';
  printf("received %s\n", text);
}

static int count_descriptors(void) {
  int count = 0;

  for (int fd = 0; fd < MOST_DESCRIPTORS; fd++)
    if (fcntl(fd, F_GETFD) >= 0) count++;
  return count;
}

/* Descriptors are numbered without a gap here. */
static void limit_descriptors(int spare) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) give_up("getrlimit");
  limit.rlim_cur = (rlim_t)(count_descriptors() + spare);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) give_up("setrlimit");
  printf("limited\n");
}

static void obey(const char *command, const char *argument, int *fd) {
  if (strcmp(command, "open") == 0) *fd = open_socket(argument);
  if (strcmp(command, "open-as") == 0) *fd = open_as(argument);
  if (strcmp(command, "bind") == 0) *fd = bind_socket(argument);
  if (strcmp(command, "receive") == 0) receive(*fd);
  if (strcmp(command, "descriptors") == 0) printf("%d\n", count_descriptors());
  if (strcmp(command, "spare") == 0) limit_descriptors(atoi(argument));
  if (strcmp(command, "chroot") == 0) {
    if (chroot(argument) != 0 || chdir("/") != 0) give_up("chroot");
    printf("changed\n");
  }
  if (strcmp(command, "umask") == 0) {
    mode_t mask = umask(0);

    umask(mask);
    printf("%o\n", (unsigned)mask);
  }
  if (strcmp(command, "send") == 0) {
    if (send(*fd, argument, strlen(argument), 0) < 0) give_up("send");
    printf("sent\n");
  }
  if (strncmp(command, "close", strlen("close")) == 0) {
    chrony_close_socket(*fd);
    printf("closed\n");
  }
}

int main(void) {
  char line[LINE];
  int fd = -1;

  while (fgets(line, sizeof line, stdin) != NULL) {
    char *space;

    line[strcspn(line, "\n")] = '\0';
    space = strchr(line, ' ');
    if (space != NULL) *space = '\0';
    obey(line, space == NULL ? NULL : space + 1, &fd);
    fflush(stdout);
  }
  return 0;
}

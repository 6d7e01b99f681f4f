/* A connected socket for each target, so that the kernel checks who answers, and epoll.
 *
 *     connected PORT
 */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "targets.h"

enum { EVENTS = 64, TIMEOUT = 3000 /* milliseconds */ };

static int sockets[WINDOW];
static uint32_t sequences[WINDOW];

static void open_place(int epoll, uint32_t place, int port, uint32_t target) {
  struct sockaddr_in address = target_address(port, target);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = place};
  uint8_t request[DATAGRAM];
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    give_up("opening a socket");
  write_request(target + 1, request);
  if (send(fd, request, sizeof request, 0) != sizeof request) give_up("send");
  sockets[place] = fd;
  sequences[place] = target + 1;
}

/* Receive the answer of a place, and close it. Returns whether it was one. */
static bool close_place(uint32_t place) {
  uint8_t answer[DATAGRAM];
  ssize_t length = recv(sockets[place], answer, sizeof answer, 0);

  if (length < 0) give_up("recv");
  if (read_answer(answer, (size_t)length) != sequences[place]) return false;
  close(sockets[place]);
  return true;
}

static void ask(int port, uint32_t n_targets) {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  uint32_t n_asked = 0, n_answered = 0;
  struct epoll_event events[EVENTS];

  if (epoll < 0) give_up("epoll_create1");
  while (n_asked < n_targets && n_asked < WINDOW) {
    open_place(epoll, n_asked, port, n_asked);
    n_asked++;
  }
  while (n_answered < n_targets) {
    int n = epoll_wait(epoll, events, EVENTS, TIMEOUT);
    if (n < 1) give_up("waiting");
    for (int i = 0; i < n; i++) {
      if (!close_place(events[i].data.u32)) continue;
      n_answered++;
      if (n_asked < n_targets) open_place(epoll, events[i].data.u32, port, n_asked++);
    }
  }
  close(epoll);
}

int main(int argc, char **argv) { return answer_lines(argc, argv, ask); }

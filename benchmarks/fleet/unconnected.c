/* The physical limit: one unconnected socket that asks all targets, many datagrams a system call.
 *
 *     unconnected PORT
 */
#define _GNU_SOURCE /* sendmmsg, recvmmsg */
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "targets.h"

enum { BATCH = 64, TIMEOUT = 3000 /* milliseconds */ };

typedef struct {
  struct mmsghdr headers[BATCH];
  struct iovec parts[BATCH];
  struct sockaddr_in addresses[BATCH];
  uint8_t bytes[BATCH][DATAGRAM];
} batch;

static batch out, in;

static void prepare(batch *b) {
  for (int i = 0; i < BATCH; i++) {
    struct msghdr *header = &b->headers[i].msg_hdr;

    b->parts[i] = (struct iovec){.iov_base = b->bytes[i], .iov_len = DATAGRAM};
    header->msg_iov = &b->parts[i];
    header->msg_iovlen = 1;
    header->msg_name = &b->addresses[i];
    header->msg_namelen = sizeof b->addresses[i];
  }
}

/* Send the next requests. A target's number is its request's sequence number, less one. */
static uint32_t send_some(int fd, int port, uint32_t next, uint32_t n_wanted) {
  unsigned n = n_wanted < BATCH ? n_wanted : BATCH;
  int n_sent;

  for (uint32_t i = 0; i < n; i++) {
    out.addresses[i] = target_address(port, next + i);
    write_request(next + i + 1, out.bytes[i]);
  }
  n_sent = sendmmsg(fd, out.headers, n, 0);
  if (n_sent < 0) give_up("sendmmsg");
  return (uint32_t)n_sent;
}

/* Receive what is there. Returns how many answers that were. */
static uint32_t receive_some(int fd, int port) {
  struct pollfd readable = {.fd = fd, .events = POLLIN};
  uint32_t n_answers = 0;
  int n = recvmmsg(fd, in.headers, BATCH, MSG_DONTWAIT, NULL);

  if (n < 0 && poll(&readable, 1, TIMEOUT) != 1) give_up("waiting");
  for (int i = 0; i < n; i++) {
    uint32_t sequence = read_answer(in.bytes[i], in.headers[i].msg_len);
    struct sockaddr_in wanted = target_address(port, sequence - 1);
    n_answers += sequence != 0 && in.addresses[i].sin_addr.s_addr == wanted.sin_addr.s_addr;
  }
  return n_answers;
}

static void ask(int port, uint32_t n_targets) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int buffer = 4 << 20;
  uint32_t n_sent = 0, n_answered = 0;

  if (fd < 0) give_up("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  prepare(&out);
  prepare(&in);
  while (n_answered < n_targets) {
    if (n_sent < n_targets && n_sent - n_answered <= WINDOW - BATCH)
      n_sent += send_some(fd, port, n_sent, n_targets - n_sent);
    else
      n_answered += receive_some(fd, port);
  }
  close(fd);
}

int main(int argc, char **argv) { return answer_lines(argc, argv, ask); }

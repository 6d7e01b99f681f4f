/* Six threads, each with a session of its own and a server that tells it an address of its own.
   Prints how many of the texts that the sessions gave were another session's or torn.

     threads READS    so many by each thread */
#include <chrony.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 6, SOURCES_REPLY = 76, ADDRESS_AT = 28, FAMILY_AT = 44 + 1, DATAGRAM = 256 };

typedef struct {
  const char *text; /* of the address */
  unsigned char address[16];
  unsigned char family; /* 1 is IPv4, 2 IPv6, 3 the number of a source without an address */
} server_address;

/* Short and long, so that a text written over another shows. */
static const server_address addresses[THREADS] = {
    {"10.1.1.1", {10, 1, 1, 1}, 1},
    {"198.151.100.254", {198, 151, 100, 254}, 1},
    {"2001:db8:1111:2222:3333:4444:5555:6666",
     {0x20, 1, 0xd, 0xb8, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55, 0x55, 0x66, 0x66},
     2},
    {"fe80::7", {0xfe, 0x80, [15] = 7}, 2},
    {"ID#0000000008", {[3] = 8}, 3},
    {"ID#4294967295", {255, 255, 255, 255}, 3},
};

typedef struct {
  const server_address *address;
  long reads, wrong;
  int client, server;
  pthread_t client_thread, server_thread;
} party;

static void give_up(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  exit(2);
}

/* Answer every request with a record of sources. */
static void *serve(void *argument) {
  party *p = argument;
  unsigned char request[DATAGRAM], reply[SOURCES_REPLY] = {6, 2};

  memcpy(reply + ADDRESS_AT, p->address->address, sizeof p->address->address);
  reply[FAMILY_AT] = p->address->family;
  for (long i = 0; i < p->reads; i++) {
    if (recv(p->server, request, sizeof request, 0) < 0) give_up("recv");
    memcpy(reply + 4, request + 4, 2);
    reply[7] = 3; /* the reply's code */
    memcpy(reply + 16, request + 8, 4);
    if (send(p->server, reply, sizeof reply, 0) < 0) give_up("send");
  }
  return NULL;
}

static void read_one(party *p, chrony_session *s) {
  const char *text;

  if (chrony_request_record(s, "sources", 0) != CHRONY_OK) give_up("chrony_request_record");
  while (chrony_needs_response(s))
    if (chrony_process_response(s) != CHRONY_OK) give_up("chrony_process_response");
  text = chrony_get_field_string(s, chrony_get_field_index(s, "address"));
  if (text == NULL || strcmp(text, p->address->text) != 0) p->wrong++;
}

static void *ask(void *argument) {
  party *p = argument;
  chrony_session *s;

  if (chrony_init_session(&s, p->client) != CHRONY_OK) give_up("chrony_init_session");
  for (long i = 0; i < p->reads; i++) read_one(p, s);
  chrony_deinit_session(s);
  return NULL;
}

static void start(party *p) {
  int pair[2];

  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) give_up("socketpair");
  p->client = pair[0];
  p->server = pair[1];
  if (pthread_create(&p->server_thread, NULL, serve, p) != 0) give_up("pthread_create");
  if (pthread_create(&p->client_thread, NULL, ask, p) != 0) give_up("pthread_create");
}

static long finish(party *p) {
  pthread_join(p->client_thread, NULL);
  pthread_join(p->server_thread, NULL);
  close(p->client);
  close(p->server);
  return p->wrong;
}

int main(int argc, char **argv) {
  party parties[THREADS] = {{0}};
  long wrong = 0;

  if (argc != 2) give_up("reading the arguments");
  for (int i = 0; i < THREADS; i++) {
    parties[i].address = &addresses[i];
    parties[i].reads = atol(argv[1]);
    start(&parties[i]);
  }
  for (int i = 0; i < THREADS; i++) wrong += finish(&parties[i]);
  printf("%ld wrong\n", wrong);
  return 0;
}

/* What the programs that test fleets share. */
#ifndef FLEET_TOOLS_H
#define FLEET_TOOLS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "binding.h"

enum { TRACKING = 0, SOURCES = 1 }; /* reports */

#define SECOND INT64_C(1000000000)

/* A chronyd in a thread of its own. It answers tracking, in which the reference ID is the port of
   whoever asked (0 on a Unix socket), and it has no sources. */
typedef enum { ANSWERING, SILENT, FLOODING } manner;

typedef struct {
  int fd;
  char address[128]; /* as pychrony_open takes it */
  int n_requests;
  bool ends;
  manner manner; /* FLOODING: with datagrams that answer nothing */
  pthread_t thread;
} server;

/* Start one, at a port of its own, or at the path of a Unix socket. */
void server_start(server *s, manner how, const char *path);

int server_count_requests(const server *s);

/* Whether it has received so many requests, by now or within a minute. */
bool server_has_received(const server *s, int n_requests);

/* End it. What is asked then is refused. */
void server_end(server *s);

/* End the program unless this is right. */
void check(bool right, const char *what);

int64_t now(void);

pychrony_fleet *make_fleet(int n_places);

/* Begin to read tracking in a place. */
void begin(pychrony_fleet *f, int place, const server *s, int64_t timeout);

/* Poll until something is told of. How many places. */
int poll_fleet(pychrony_fleet *f);

/* Poll until one place is told of, and return its outcome. */
int get_outcome(pychrony_fleet *f);

/* Whether the descriptor is, by now or within some milliseconds. */
bool is_readable(const pychrony_fleet *f, int milliseconds);

/* Whether it tells of nothing, and stops being readable. A timer may have expired too early. */
bool falls_silent(pychrony_fleet *f);

/* How many descriptors this process has. */
int count_descriptors(void);

#endif

/* What the C programs share: whom they ask, what they send, and how they are measured. */
#ifndef TARGETS_H
#define TARGETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATAGRAM = 104, WINDOW = 1024 }; /* bytes of a request and of its answer; requests in flight */

/* The address of a target, the same as in ask.py. */
struct sockaddr_in target_address(int port, uint32_t number);

/* Write a request for tracking. */
void write_request(uint32_t sequence, uint8_t to[DATAGRAM]);

/* The sequence number of a datagram; 0 if it is no answer to such a request. */
uint32_t read_answer(const uint8_t *from, size_t length);

void give_up(const char *what);

/* Ask as many targets as each line on stdin says. Print the nanoseconds that it took, and the
   nanoseconds of processor time. */
int answer_lines(int n, char **arguments, void (*ask)(int port, uint32_t n_targets));

#endif

/* With libFuzzer (-DWITH_LIBFUZZER -fsanitize=fuzzer) this makes a fuzz target. Without, a program:

     TARGET [-max_total_time=SECONDS] FILE ...   runs each file; then, for so long, mutations of
                                                 them, the same ones each time and AT_LEAST so many

   An input that ends the program stays in the file "crash-input". */
#define _DEFAULT_SOURCE /* ftruncate, pwrite */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static unsigned long n_records;

void count_record(void) { n_records++; }

void check(bool condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "wrong: %s\n", what);
  abort();
}

uint8_t take_byte(input *in) {
  if (in->left == 0) return 0;
  in->left--;
  return *in->data++;
}

size_t take_bytes(input *in, size_t most, uint8_t *to) {
  size_t n = in->left < most ? in->left : most;

  if (n > 0) memcpy(to, in->data, n);
  in->data += n;
  in->left -= n;
  return n;
}

#ifndef WITH_LIBFUZZER

#define FOUND "crash-input"

enum { MOST_INPUT = 65536, MOST_CHANGES = 8, A_WHILE = 256, AT_LEAST = 4096 };

typedef struct {
  uint8_t *data;
  size_t size;
} seed;

/* The same numbers each time (xorshift64, Marsaglia 2003). */
static size_t choose(size_t below) {
  static uint64_t state = 88172645463325252u;

  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (size_t)(state % below);
}

static seed read_file(const char *path) {
  seed s = {malloc(MOST_INPUT), 0};
  FILE *file = fopen(path, "rb");

  check(s.data != NULL && file != NULL, path);
  s.size = fread(s.data, 1, MOST_INPUT, file);
  fclose(file);
  return s;
}

/* Copy part of another input over this one, or behind it. */
static void splice(seed *s, const seed *other) {
  size_t from = choose(other->size), length = choose(other->size - from) + 1;
  size_t to = choose(s->size + 1);

  if (to + length > MOST_INPUT) length = MOST_INPUT - to;
  memcpy(s->data + to, other->data + from, length);
  if (to + length > s->size) s->size = to + length;
}

static void change(seed *s, const seed *other) {
  static const uint8_t extremes[] = {0, 1, 2, 0x7f, 0x80, 0xff};
  size_t at = choose(s->size);

  switch (choose(5)) {
    case 0: s->data[at] ^= (uint8_t)(1 << choose(8)); break;
    case 1: s->data[at] = (uint8_t)choose(256); break;
    case 2: s->data[at] = extremes[choose(sizeof extremes)]; break;
    case 3: s->size = at + 1; break;
    default: splice(s, other);
  }
}

/* Run an input; keep it where it can be found. */
static void run_input(int file, const seed *s) {
  check(ftruncate(file, 0) == 0, "ftruncate");
  check(pwrite(file, s->data, s->size, 0) == (ssize_t)s->size, "pwrite");
  LLVMFuzzerTestOneInput(s->data, s->size);
}

static unsigned long run_mutations(int file, const seed *seeds, size_t n_seeds, time_t until) {
  static uint8_t data[MOST_INPUT];
  unsigned long n_runs = 0;

  while (n_runs < AT_LEAST || n_runs % A_WHILE != 0 || time(NULL) < until) {
    const seed *original = &seeds[choose(n_seeds)];
    seed mutation = {data, original->size};

    memcpy(data, original->data, original->size);
    for (size_t n = choose(MOST_CHANGES) + 1; n > 0; n--)
      change(&mutation, &seeds[choose(n_seeds)]);
    run_input(file, &mutation);
    n_runs++;
  }
  return n_runs;
}

int main(int argc, char **argv) {
  static const char option[] = "-max_total_time=";
  bool has_option = argc > 1 && strncmp(argv[1], option, strlen(option)) == 0;
  char **files = argv + 1 + has_option;
  size_t n_seeds = (size_t)(argc - 1 - has_option);
  seed *seeds = calloc(n_seeds + 1, sizeof *seeds);
  int file = open(FOUND, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  unsigned long n_runs = n_seeds, n_read;

  check(seeds != NULL && n_seeds > 0 && file >= 0, "no files");
  for (size_t i = 0; i < n_seeds; i++) {
    seeds[i] = read_file(files[i]);
    run_input(file, &seeds[i]);
  }
  n_read = n_records;
  if (has_option)
    n_runs += run_mutations(file, seeds, n_seeds, time(NULL) + atol(argv[1] + strlen(option)));
  for (size_t i = 0; i < n_seeds; i++) free(seeds[i].data);
  free(seeds);
  close(file);
  remove(FOUND);
  printf("Done %lu runs; the files have %lu records, their mutations %lu\n", n_runs, n_read,
         n_records - n_read);
  return 0;
}

#endif

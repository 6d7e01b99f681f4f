/* What the fuzz targets share: their inputs, and what runs them. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left of an input. */
typedef struct {
  const uint8_t *data;
  size_t left;
} input;

/* The next byte; 0 behind the end. */
uint8_t take_byte(input *in);

/* Take up to `most` bytes to `to`. Returns how many there were. */
size_t take_bytes(input *in, size_t most, uint8_t *to);

/* End the program where something is wrong. */
void check(bool condition, const char *what);

/* Something was read, such as a record: the input does something. */
void count_record(void);

/* The fuzz target. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

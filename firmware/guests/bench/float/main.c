/*
 * bench/float: bodies in orbit, matrix and Mandelbrot set in scalar floating point; floats and bytes in vectors.
 */
#include "bench.h"
#include "random.h"

#define BODIES 5u
#define MATRIX 32u
#define SIDE 48u
#define ESCAPE 64u
#define WORDS 4096u
#define BYTES 16384u

static struct body {
  double at[3], velocity[3], mass;
} bodies[BODIES];
static double left[MATRIX][MATRIX], right[MATRIX][MATRIX];
static float x[WORDS], y[WORDS];
static int fixed[WORDS];
static u8 before[BYTES], after[BYTES];

/* From -1 to 1. */
static double random_double(void) { return (double)(int)random_next() / 2147483648.0; }

static u64 bits_of(double value) {
  union {
    double value;
    u64 bits;
  } both = {value};
  return both.bits;
}

static void advance(double step) {
  for (u32 i = 0; i < BODIES; i++) {
    for (u32 j = i + 1; j < BODIES; j++) {
      struct body *a = &bodies[i], *b = &bodies[j];
      double distance[3], square = 0.01;
      for (u32 k = 0; k < 3; k++) {
        distance[k] = a->at[k] - b->at[k];
        square += distance[k] * distance[k];
      }
      double magnitude = step / (square * __builtin_sqrt(square));
      for (u32 k = 0; k < 3; k++) {
        a->velocity[k] -= distance[k] * b->mass * magnitude;
        b->velocity[k] += distance[k] * a->mass * magnitude;
      }
    }
  }
  for (u32 i = 0; i < BODIES; i++) {
    for (u32 k = 0; k < 3; k++) bodies[i].at[k] += step * bodies[i].velocity[k];
  }
}

static u64 orbits(void) {
  for (u32 i = 0; i < 1500; i++) advance(0.001);
  u64 sum = 0;
  for (u32 i = 0; i < BODIES; i++) sum = sum * 33 + bits_of(bodies[i].at[0]);
  return sum;
}

static u64 matrix(void) {
  double trace = 0;
  for (u32 i = 0; i < MATRIX; i++) {
    for (u32 j = 0; j < MATRIX; j++) {
      double sum = 0;
      for (u32 k = 0; k < MATRIX; k++) sum += left[i][k] * right[k][j];
      trace = trace * 0.5 + sum;
    }
  }
  return bits_of(trace);
}

static u64 mandelbrot(void) {
  u64 sum = 0;
  for (u32 row = 0; row < SIDE; row++) {
    for (u32 column = 0; column < SIDE; column++) {
      double cr = column * (3.0 / SIDE) - 2.0, ci = row * (2.0 / SIDE) - 1.0, zr = 0, zi = 0;
      u32 n = 0;
      for (; n < ESCAPE && zr * zr + zi * zi < 4.0; n++) {
        double next = zr * zr - zi * zi + cr;
        zi = 2.0 * zr * zi + ci;
        zr = next;
      }
      sum = sum * 31 + n;
    }
  }
  return sum;
}

static u64 vectors(void) {
  for (u32 pass = 0; pass < 16; pass++) {
    float factor = 0.0625f * (float)(pass + 1);
    for (u32 i = 0; i < WORDS; i++) y[i] = y[i] * 0.5f + factor * x[i];
  }
  for (u32 i = 0; i < WORDS; i++) fixed[i] = (int)(y[i] * 65536.0f);
  u64 sum = 0;
  for (u32 i = 0; i < WORDS; i++) sum += (u64)fixed[i];
  return sum;
}

static u64 images(void) {
  u64 sum = 0;
  for (u32 pass = 0; pass < 8; pass++) {
    u32 differences = 0;
    for (u32 i = 0; i < BYTES; i++) {
      u8 a = before[i], b = after[i];
      differences += a > b ? (u32)(a - b) : (u32)(b - a);
      after[i] = (u8)((a + 3 * b + 2) >> 2);
    }
    sum = sum * 31 + differences;
  }
  return sum;
}

static void fill(void) {
  random_seed(0x12345678);
  for (u32 i = 0; i < BODIES; i++) {
    for (u32 k = 0; k < 3; k++) {
      bodies[i].at[k] = 4.0 * random_double();
      bodies[i].velocity[k] = random_double();
    }
    bodies[i].mass = 1.0 + random_double();
  }
  for (u32 i = 0; i < MATRIX * MATRIX; i++) {
    left[i / MATRIX][i % MATRIX] = random_double();
    right[i / MATRIX][i % MATRIX] = random_double();
  }
  for (u32 i = 0; i < WORDS; i++) {
    x[i] = (float)random_double();
    y[i] = (float)random_double();
  }
  for (u32 i = 0; i < BYTES; i++) {
    before[i] = (u8)random_next();
    after[i] = (u8)random_next();
  }
}

static u64 scalar(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    sum = sum * 33 + orbits();
    sum = sum * 33 + matrix();
    sum = sum * 33 + mandelbrot();
  }
  return sum;
}

static u64 vector(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    sum = sum * 33 + vectors();
    sum = sum * 33 + images();
  }
  return sum;
}

static const struct kernel kernels[] = {{"scalar", 4, fill, scalar}, {"vector", 4, fill, vector}};

int main(void) {
  mmu_on();
  return BENCH_MAIN(kernels);
}

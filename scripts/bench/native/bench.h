/* firmware/lib/bench.h for a program of the host: the same kernel, with the clock and the console of C. */
#pragma once

#include <stdio.h>
#include <time.h>

#include "kernel.h"

#define NANOSECONDS 1000000000ull

static void mmu_on(void) {}

static u64 now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (u64)time.tv_sec * NANOSECONDS + (u64)time.tv_nsec;
}

static int bench_one(const struct kernel *kernel) {
  if (kernel->prepare) kernel->prepare();
  u64 start = now(), sum = kernel->run(BENCH_ROUNDS), end = now();
  printf("time end %llx of %llx\n", (unsigned long long)(end - start), NANOSECONDS);
  printf("checksum %llx\n", (unsigned long long)sum);
  return 0;
}
#define BENCH_MAIN(kernels) bench_one(&(kernels)[BENCH_KERNEL])

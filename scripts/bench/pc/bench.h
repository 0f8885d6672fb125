/* firmware/lib/bench.h for a PC without an operating system: the same kernel, on the first serial port. */
#pragma once

#include "kernel.h"

#define COM1 0x3f8

/* The header that a multiboot loader looks for: magic, flags, checksum. */
__attribute__((section(".multiboot"), used)) static const u32 multiboot[] = {0x1badb002, 0, -0x1badb002u};

static u8 stack[65536] __attribute__((used, aligned(16)));
__asm__(".globl _start\n_start: mov $stack + 65536, %esp\n call main\n1: hlt\n jmp 1b");

static void put(char c) { __asm__ volatile("outb %b0, %w1" ::"a"(c), "d"(COM1)); }

static void print(const char *text) {
  while (*text) put(*text++);
}

static void print_hex(u32 value) {
  for (int shift = 28; shift >= 0; shift -= 4) {
    if (value >> shift || shift == 0) put("0123456789abcdef"[value >> shift & 15]);
  }
}

static void mmu_on(void) {}

/* Whoever reads the serial port takes the time between the lines; sums of kernels fit 32 bits. */
static int bench_one(const struct kernel *kernel) {
  if (kernel->prepare) kernel->prepare();
  print("time start\n");
  u32 sum = (u32)kernel->run(BENCH_ROUNDS);
  print("time end 0 of 1\nchecksum ");
  print_hex(sum);
  print("\n");
  return 0;
}
#define BENCH_MAIN(kernels) bench_one(&(kernels)[BENCH_KERNEL])

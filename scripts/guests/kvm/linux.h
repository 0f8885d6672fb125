/* What the program needs of Linux, without a C library: system calls, and text on the console. */
#pragma once
#include <asm/unistd.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;

#define PAGE 4096ul
#define MIB (1ul << 20)

/* The result of the call: negative errno on failure. */
static inline long syscall6(long number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  register u64 x0 __asm__("x0") = a;
  register u64 x1 __asm__("x1") = b;
  register u64 x2 __asm__("x2") = c;
  register u64 x3 __asm__("x3") = d;
  register u64 x4 __asm__("x4") = e;
  register u64 x5 __asm__("x5") = f;
  register long x8 __asm__("x8") = number;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8) : "memory", "cc");
  return (long)x0;
}
#define syscall4(number, a, b, c, d) syscall6(number, (u64)(a), (u64)(b), (u64)(c), (u64)(d), 0, 0)

/* As syscall6; a failure is told with `what` and ends the program. */
long must(const char *what, long result);
#define ioctl(fd, request, argument) must(#request, syscall4(__NR_ioctl, fd, request, argument, 0))

/* Memory aligned to 2 MiB that is made when touched, in pages or in blocks of 2 MiB as far as Linux has them. */
void *memory(u64 bytes, int blocks);

/* A process that shares memory and files with this one (start.S); `body` must not return. */
long spawn(u64 flags, void *stack_top, void (*body)(void *), void *argument);

void print(const char *text);
void print_decimal(u64 value);
void print_hex(u64 value);
void end_program(int status) __attribute__((noreturn));

/* CNTVCT_EL0 in nanoseconds. */
u64 nanoseconds(void);

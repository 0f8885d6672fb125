/* System calls that can fail, memory, and text on the console. */
#include "linux.h"
#include <linux/mman.h>

#define BLOCK (2 * MIB)
#define NO_FILE ((u64)-1)

void print(const char *text) {
  u64 length = 0;
  while (text[length] != 0) length++;
  syscall4(__NR_write, 1, text, length, 0);
}

static void print_number(u64 value, u64 base, char *end) {
  do *--end = "0123456789abcdef"[value % base];
  while ((value /= base) != 0);
  print(end);
}

void print_decimal(u64 value) {
  char text[21] = {0};
  print_number(value, 10, text + 20);
}

void print_hex(u64 value) {
  char text[17] = {0};
  print("0x");
  print_number(value, 16, text + 16);
}

void end_program(int status) {
  syscall4(__NR_exit_group, status, 0, 0, 0);
  __builtin_unreachable();
}

long must(const char *what, long result) {
  if (result >= 0) return result;
  print("FAIL ");
  print(what);
  print(": errno ");
  print_decimal((u64)-result);
  print("\n");
  end_program(1);
}

void *memory(u64 bytes, int blocks) {
  long where = syscall6(__NR_mmap, 0, bytes + BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, NO_FILE, 0);
  u64 start = ((u64)must("mmap", where) + BLOCK - 1) & -BLOCK;
  // A kernel without transparent huge pages refuses the advice, and has pages only.
  syscall4(__NR_madvise, start, bytes, blocks ? MADV_HUGEPAGE : MADV_NOHUGEPAGE, 0);
  return (void *)start;
}

u64 nanoseconds(void) {
  u64 count, frequency;
  __asm__ volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r"(count), "=r"(frequency)::"memory");
  return count * 1000 / (frequency / 1000000);
}

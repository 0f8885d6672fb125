/* smp: locks and counters by exclusives and by LSE. */
#include "atomic.h"

#include "sysreg.h"

#define LSE ".arch_extension lse\n\t"

void add_exclusive(volatile u64 *counter, u64 value) {
  u64 sum;
  u32 failed;
  __asm__ volatile(
      "1: ldxr %0, [%2]\n\t"
      "add %0, %0, %3\n\t"
      "stxr %w1, %0, [%2]\n\t"
      "cbnz %w1, 1b"
      : "=&r"(sum), "=&r"(failed)
      : "r"(counter), "r"(value)
      : "memory");
}

void add_ldadd(volatile u64 *counter, u64 value) {
  u64 before;
  __asm__ volatile(LSE "ldaddal %2, %0, [%1]" : "=&r"(before) : "r"(counter), "r"(value) : "memory");
}

void add_cas(volatile u64 *counter, u64 value) {
  u64 expected, seen = *counter;
  do {
    expected = seen;
    __asm__ volatile(LSE "casal %0, %2, [%1]" : "+r"(seen) : "r"(counter), "r"(expected + value) : "memory");
  } while (seen != expected);
}

u64 swap(volatile u64 *word, u64 value) {
  u64 before;
  __asm__ volatile(LSE "swpal %2, %0, [%1]" : "=&r"(before) : "r"(word), "r"(value) : "memory");
  return before;
}

void spin_lock(volatile u32 *lock) {
  u32 seen, one = 1;
  __asm__ volatile(
      "sevl\n\t"
      "1: wfe\n\t"
      "2: ldaxr %w0, [%1]\n\t"
      "cbnz %w0, 1b\n\t"
      "stxr %w0, %w2, [%1]\n\t"
      "cbnz %w0, 2b"
      : "=&r"(seen)
      : "r"(lock), "r"(one)
      : "memory");
}

void spin_unlock(volatile u32 *lock) { __asm__ volatile("stlr wzr, [%0]" ::"r"(lock) : "memory"); }

void wait_event(volatile u64 *word, u64 value) {
  while (*word != value) __asm__ volatile("wfe" ::: "memory");
}

void set_and_signal(volatile u64 *word, u64 value) {
  *word = value;
  __asm__ volatile("dsb sy\n\tsev" ::: "memory");
}

void wait_monitor(volatile u64 *word, u64 value) {
  u64 seen;
  __asm__ volatile(
      "sevl\n\t"
      "1: wfe\n\t"
      "ldaxr %0, [%1]\n\t"
      "cmp %0, %2\n\t"
      "b.ne 1b"
      : "=&r"(seen)
      : "r"(word), "r"(value)
      : "memory", "cc");
}

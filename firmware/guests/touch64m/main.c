/* touch64m: writes a pattern to each page of 64 MiB that nobody touched before, then reads all of it back. */
#include "check.h"
#include "console.h"

#define START 0x42000000ull
#define SIZE 0x4000000ull
#define PAGE 0x1000ull

/* A value that differs in each page, so that two pages on one frame show. */
static u64 pattern(u64 address) { return (address >> 12) * 0x9e3779b97f4a7c15ull; }

int main(void) {
  u64 not_zero = 0, wrong = 0, sum = 0;
  for (u64 at = START; at < START + SIZE; at += PAGE) {
    volatile u64 *page = (volatile u64 *)at;
    if (page[0] | page[511]) not_zero++;
    page[0] = pattern(at);
    page[511] = ~pattern(at);
  }
  for (u64 at = START; at < START + SIZE; at += PAGE) {
    volatile u64 *page = (volatile u64 *)at;
    if (page[0] != pattern(at) || page[511] != ~pattern(at) || page[1]) wrong++;
    sum = (sum ^ page[0]) * 0x100000001b3ull;
  }
  check("fresh memory reads as zero", not_zero == 0);
  check("16384 pages hold their pattern", wrong == 0);
  print("sum %lx\n", sum);
  return check_summary("touch64m");
}

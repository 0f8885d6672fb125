/* One line a check, and their count. */
#include "check.h"

static u64 passed;
static u64 failed;

void check(const char *name, u64 want, u64 got) {
  if (want == got) passed++;
  else failed++;
  print(want == got ? "ok " : "FAIL ");
  print(name);
  if (want != got) {
    print(": want ");
    print_hex(want);
    print(", got ");
    print_hex(got);
  }
  print("\n");
}

void time_each(const char *name, u64 start, u64 count) {
  u64 each = (nanoseconds() - start) / count;
  print("time ");
  print(name);
  print(": ");
  print_decimal(each);
  print(" ns\n");
}

u64 summary(void) {
  print("checks: ");
  print_decimal(passed);
  print(" passed, ");
  print_decimal(failed);
  print(" failed\n");
  return failed;
}

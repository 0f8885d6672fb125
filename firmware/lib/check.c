/* Checks: one console line each, and a count of them. */
#include "check.h"

#include "console.h"

static const char *current_section = "";
static u32 passed_count, failed_count, skipped_count;

static void print_name(const char *verdict, const char *name) {
  print("%s %s%s%s", verdict, current_section, *current_section ? " " : "", name);
}

void check_section(const char *section) { current_section = section; }

bool check(const char *name, bool passed) {
  print_name(passed ? "ok" : "FAIL", name);
  print("\n");
  if (passed) {
    passed_count++;
  } else {
    failed_count++;
  }
  return passed;
}

bool check_equal(const char *name, u64 got, u64 want) {
  if (got == want) return check(name, true);
  failed_count++;
  print_name("FAIL", name);
  print(": got %lx, want %lx\n", got, want);
  return false;
}

void check_skip(const char *name, const char *why) {
  skipped_count++;
  print_name("skip", name);
  print(": %s\n", why);
}

void check_or_skip(const char *name, bool passed, const char *why) {
  if (passed) check(name, true);
  else check_skip(name, why);
}

int check_summary(const char *guest) {
  print("%s: %u ok, %u failed, %u skipped\n", guest, passed_count, failed_count, skipped_count);
  return failed_count > 98 ? 98 : (int)failed_count;
}

/* debug: self-hosted debug: breakpoints, watchpoints, software step, the OS lock, and their way to EL1 and EL2. */
#include "debug.h"

#include "console.h"
#include "levels.h"

u64 probe_run_unmasked(probe *run, u64 argument) {
  debug_unmask();
  u64 result = probe_run(run, argument);
  debug_mask();
  return result;
}

void check_hit(const char *name, u64 esr) {
  if (!check(name, last_trap.count == 1 && last_trap.esr == esr && last_trap.elr == last_trap.at)) {
    print("  %lu traps, esr got %lx, want %lx; elr %lx, at %lx\n", last_trap.count, last_trap.esr, esr, last_trap.elr,
          last_trap.at);
  }
}

void check_miss(const char *name) { check_equal(name, last_trap.count, 0); }

static u64 test_el1(u64 unused) {
  (void)unused;
  probe_install(1);
  test_registers();
  WRITE_SYSREG_SYNC(oslar_el1, 0);
  test_breakpoints();
  test_watchpoints();
  test_step();
  return 0;
}

int main(void) { return check_levels("debug", test_el1, test_el2); }

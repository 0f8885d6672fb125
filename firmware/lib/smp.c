/* Other CPUs: PSCI calls and the C side of their start. */
#include "smp.h"

#include "smccc.h"
#include "sysreg.h"

struct cpu_start {
  void (*function)(u64);
  u64 argument;
  u64 running; /* from CPU_ON until the function has returned */
};

extern char secondary_entry[];

volatile struct cpu_entry cpu_entries[MAX_CPUS];
static volatile struct cpu_start starts[MAX_CPUS];

u32 cpu_index(void) { return (u32)READ_SYSREG(mpidr_el1) & 0xff; }

i64 cpu_affinity_info(u32 index) { return smccc_call(PSCI_AFFINITY_INFO, index, 0, 0); }

u32 cpu_count(void) {
  u32 count = 1;
  while (count < MAX_CPUS && cpu_affinity_info(count) >= 0) count++;
  return count;
}

i64 cpu_on(u32 index, void (*function)(u64), u64 argument) {
  starts[index].function = function;
  starts[index].argument = argument;
  starts[index].running = true;
  dsb();
  return smccc_call(PSCI_CPU_ON, index, (u64)secondary_entry, index);
}

void cpu_wait_off(u32 index) {
  /* QEMU says OFF of a CPU that CPU_ON has not brought up yet. */
  while (starts[index].running) {
  }
  while (cpu_affinity_info(index) != AFFINITY_OFF) {
  }
}

/* Called by secondary_entry with the context argument of CPU_ON. */
void secondary_main(u64 index) {
  starts[index].function(starts[index].argument);
  starts[index].running = false;
  dsb();
  smccc_call(PSCI_CPU_OFF, 0, 0, 0);
}

/* smp: CPUs started and stopped by PSCI, memory shared by exclusives and LSE, events and software interrupts. */
#include "atomic.h"
#include "check.h"
#include "console.h"
#include "gic.h"
#include "smccc.h"
#include "smp.h"
#include "sysreg.h"
#include "trap.h"
#include "workers.h"

static void start_others(void (*function)(u64)) {
  for (u32 cpu = 1; cpu < shared.cpus; cpu++) cpu_on(cpu, function, cpu);
}

static void wait_others(void) {
  for (u32 cpu = 1; cpu < shared.cpus; cpu++) cpu_wait_off(cpu);
}

static void test_psci(void) {
  check_section("psci");
  check("version 1.0 or 1.1", smccc_call(PSCI_VERSION, 0, 0, 0) >> 1 == 0x10000 >> 1);
  check_equal("features: CPU_ON", (u64)smccc_call(PSCI_FEATURES, PSCI_CPU_ON, 0, 0), 0);
  check_equal("features: unknown", (u64)smccc_call(PSCI_FEATURES, 0x8400ffff, 0, 0), (u64)PSCI_NOT_SUPPORTED);
  check_equal("unknown function", (u64)smccc_call(0x8400001f, 0, 0, 0) | 0xffffffff00000000, (u64)PSCI_NOT_SUPPORTED);
  check_equal("no Trusted OS", (u64)smccc_call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
  check_equal("this CPU is on", (u64)cpu_affinity_info(0), AFFINITY_ON);
  check_equal("others are off", (u64)cpu_affinity_info(shared.cpus - 1), AFFINITY_OFF);
  check_equal("no such CPU", (u64)cpu_affinity_info(0x77), (u64)PSCI_INVALID_PARAMETERS);
  check_equal("CPU_ON of this CPU", (u64)smccc_call(PSCI_CPU_ON, 0, 0, 0), (u64)PSCI_ALREADY_ON);
  check_equal("CPU_ON of no CPU", (u64)smccc_call(PSCI_CPU_ON, 0x77, 0, 0), (u64)PSCI_INVALID_PARAMETERS);
}

static void test_start(void) {
  check_section("start");
  start_others(worker_nothing);
  wait_others();
  bool mmu_off = true, masked = true, level = true, mpidr = true;
  for (u32 cpu = 1; cpu < shared.cpus; cpu++) {
    mmu_off &= !(cpu_entries[cpu].sctlr & (SCTLR_M | SCTLR_C));
    masked &= cpu_entries[cpu].daif == PSR_DAIF;
    level &= cpu_entries[cpu].current_el == READ_SYSREG(CurrentEL);
    mpidr &= (cpu_entries[cpu].mpidr & 0xff00ffffff) == cpu;
  }
  check("MMU off", mmu_off);
  check("interrupts masked", masked);
  check("the caller's Exception level", level);
  check("MPIDR_EL1", mpidr);
  check_equal("CPU_ON again", (u64)cpu_on(1, worker_nothing, 0), PSCI_SUCCESS);
  cpu_wait_off(1);
}

static void test_memory(void) {
  check_section("memory");
  start_others(worker_ping_pong);
  take_turns(0);
  wait_others();
  check_equal("ping-pong", shared.turn, (u64)ROUNDS * shared.cpus);
  start_others(worker_count);
  count();
  wait_others();
  check_equal("exclusives", shared.by_exclusives, 3ull * ROUNDS * shared.cpus);
  check_equal("lock", shared.by_lock, (u64)ROUNDS * shared.cpus);
  check_equal("lock excludes", shared.torn, 0);
}

static void test_lse(void) {
  if (ID_FIELD(id_aa64isar0_el1, 20) == 0) return;
  check_section("LSE");
  start_others(worker_count_lse);
  count_lse();
  wait_others();
  check_equal("LDADDAL", shared.by_ldadd, 5ull * ROUNDS * shared.cpus);
  check_equal("CASAL", shared.by_cas, 7ull * ROUNDS * shared.cpus);
  check_equal("SWPAL", swap(&shared.by_cas, 9) + shared.by_cas, 7ull * ROUNDS * shared.cpus + 9);
}

static void test_events(void) {
  check_section("event");
  u64 others = shared.cpus - 1;
  start_others(worker_wait_event);
  while (shared.ready != others) {
  }
  check_equal("a CPU that waits is on", (u64)cpu_affinity_info(1), AFFINITY_ON);
  check_equal("CPU_ON of it", (u64)smccc_call(PSCI_CPU_ON, 1, 0, 0), (u64)PSCI_ALREADY_ON);
  check_equal("nobody goes on", shared.arrived, 0);
  set_and_signal(&shared.event, 1);
  while (shared.arrived != others) {
  }
  check("SEV wakes WFE", true);
  shared.event = 2;
  wait_others();
  check_equal("a store to the monitored word wakes WFE", shared.arrived, 2 * others);
}

static u32 pongs, strange;
static u64 last_sender;

static void on_interrupt(struct trap_frame *frame) {
  (void)frame;
  u32 iar = GICC_IAR;
  if ((iar & 0x3ff) != SGI_PONG) strange++;
  last_sender = iar >> 10 & 7;
  pongs++;
  GICC_EOIR = iar;
}

static void test_sgi(void) {
  check_section("SGI");
  trap_handlers[current_el()][VECTOR_SPX_IRQ] = on_interrupt;
  if (current_el() == 2) WRITE_SYSREG_SYNC(hcr_el2, HCR_RW | HCR_IMO);
  gic_distributor_on();
  gic_cpu_on();
  GICD_ISENABLER(0) = 1u << SGI_PONG;
  shared.ready = 0;
  start_others(worker_sgi);
  while (shared.ready != shared.cpus - 1) {
  }
  bool senders = true;
  for (u32 round = 0; round < ROUNDS; round++) {
    for (u32 cpu = 1; cpu < shared.cpus; cpu++) {
      u32 before = pongs;
      GICD_SGIR = SGIR_TO(cpu) | SGI_PING;
      while (*(volatile u32 *)&pongs == before) {
        __asm__ volatile("wfi" ::: "memory");
        irq_unmask();
        isb();
        irq_mask();
      }
      senders &= last_sender == cpu;
    }
  }
  wait_others();
  check_equal("pongs", pongs, ROUNDS * (shared.cpus - 1));
  check_equal("nothing else", strange + shared.sgi_wrong, 0);
  check("source CPU", senders);
}

int main(void) {
  shared.cpus = cpu_count();
  print("note cpus: %u\n", shared.cpus);
  if (shared.cpus < 2) {
    print("smp needs more than one CPU\n");
    return 1;
  }
  test_psci();
  test_start();
  shared.table = stage1_table(39);
  if (current_el() == 2) {
    map_image_el2(&shared.table);
  } else {
    map_image_el1(&shared.table);
  }
  table_map(&shared.table, 3, GICD_BASE, GICD_BASE, GIC_SIZE, S1_DEVICE | S1_PXN | S1_UXN);
  worker_mmu_on();
  test_memory();
  test_lse();
  test_events();
  test_sgi();
  check_section("");
  return check_summary("smp");
}

/* bench/interrupts: a fixed amount of arithmetic while the virtual timer interrupts 10,000 times a second. */
#include "bench.h"
#include "gic.h"
#include "timer.h"
#include "trap.h"

#define PERIOD_US 100
#define STEPS 1000u

static volatile u64 interrupts;

static void on_irq(struct trap_frame *frame) {
  (void)frame;
  u32 intid = GICC_IAR;
  WRITE_SYSREG(cntv_tval_el0, ticks(PERIOD_US));
  isb();
  interrupts++;
  GICC_EOIR = intid;
}

static void prepare(void) {
  trap_handlers[1][VECTOR_SPX_IRQ] = on_irq;
  gic_distributor_on();
  gic_cpu_on();
  gic_enable(INTID_VIRTUAL_TIMER, 0);
}

/* A round is 1,000 steps of an arithmetic loop. The checksum is 0 when no interrupt has come. */
static u64 work(u64 rounds) {
  u64 value = 1;
  WRITE_SYSREG(cntv_tval_el0, ticks(PERIOD_US));
  WRITE_SYSREG_SYNC(cntv_ctl_el0, TIMER_ENABLE);
  irq_unmask();
  for (u64 step = rounds * STEPS; step; step--) {
    value ^= value << 13;
    value ^= value >> 7;
    value ^= value << 17;
  }
  irq_mask();
  WRITE_SYSREG_SYNC(cntv_ctl_el0, 0);
  print("note interrupts %lu\n", interrupts);
  return interrupts ? value : 0;
}

static const struct kernel kernels[] = {{"interrupts", 2000, prepare, work}};

int main(void) {
  struct page_table table = mmu_on();
  table_map(&table, 2, GICD_BASE & ~(BLOCK_2M - 1), GICD_BASE & ~(BLOCK_2M - 1), BLOCK_2M, S1_DEVICE | S1_UXN | S1_PXN);
  return BENCH_MAIN(kernels);
}

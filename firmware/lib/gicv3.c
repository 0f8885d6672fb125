/* GICv3: initialisation and the bits of one interrupt. */
#include "gicv3.h"

static u32 bit_of(u32 intid) { return 1u << intid % 32; }

void gicv3_distributor_on(void) {
  for (u32 id = 32; id < 288; id += 32) {
    GIC3_ICENABLER(id) = ~0u;
    GIC3_IGROUPR(id) = ~0u;
  }
  GICD3_CTLR = GICD3_CTLR_ARE_DS | GICD3_CTLR_GROUPS;
}

void gicv3_cpu_on(void) {
  u32 cpu = gicv3_cpu();
  GICR_WAKER(cpu) = 0;
  while (GICR_WAKER(cpu) & GICR_WAKER_ASLEEP) {
  }
  GIC3_ICENABLER(0) = ~0u;
  GIC3_IGROUPR(0) = ~0u;
  WRITE_SYSREG_SYNC(icc_sre_el1, 7);
  WRITE_SYSREG(icc_pmr_el1, 0xff);
  WRITE_SYSREG(icc_bpr0_el1, 0);
  WRITE_SYSREG(icc_bpr1_el1, 0);
  WRITE_SYSREG(icc_ctlr_el1, 0);
  WRITE_SYSREG(icc_igrpen0_el1, 1);
  WRITE_SYSREG_SYNC(icc_igrpen1_el1, 1);
}

void gicv3_enable(u32 intid, u8 priority) {
  GIC3_IPRIORITYR(intid) = priority;
  GIC3_ISENABLER(intid) = bit_of(intid);
}

void gicv3_disable(u32 intid) { GIC3_ICENABLER(intid) = bit_of(intid); }

bool gicv3_pending(u32 intid) { return GIC3_ISPENDR(intid) & bit_of(intid); }

bool gicv3_active(u32 intid) { return GIC3_ISACTIVER(intid) & bit_of(intid); }

/* GICv2: initialisation and the bits of one interrupt. */
#include "gic.h"

static u32 bit_of(u32 intid) { return 1u << intid % 32; }

void gic_distributor_on(void) {
  u32 lines = ((GICD_TYPER & 0x1f) + 1) * 32;
  for (u32 id = 32; id < lines; id += 32) GICD_ICENABLER(id) = ~0u;
  GICD_CTLR = CTLR_ENABLE_GROUP0;
}

void gic_cpu_on(void) {
  GICD_ICENABLER(0) = 0xffff0000;
  GICC_PMR = PRIORITY_IDLE;
  GICC_BPR = 0;
  GICC_CTLR = CTLR_ENABLE_GROUP0;
}

void gic_enable(u32 intid, u8 priority) {
  GICD_IPRIORITYR(intid) = priority;
  GICD_ISENABLER(intid) = bit_of(intid);
}

void gic_disable(u32 intid) { GICD_ICENABLER(intid) = bit_of(intid); }

bool gic_pending(u32 intid) { return GICD_ISPENDR(intid) & bit_of(intid); }

bool gic_active(u32 intid) { return GICD_ISACTIVER(intid) & bit_of(intid); }

/* gicv3: SGIs and SPIs from one CPU to another. */
#include "check.h"
#include "gicv3.h"
#include "smp.h"
#include "tests.h"

#define OTHER 1u
#define SHARED 101u
#define DONE 15u

static volatile u32 ready, taken[1024];

/* Counts what it takes until SGI 15 comes. */
static void worker(u64 unused) {
  (void)unused;
  gicv3_cpu_on();
  gicv3_enable(3, 0x40);
  gicv3_enable(DONE, 0x80);
  ready = 1;
  for (u32 intid = 0; intid != DONE;) {
    intid = (u32)READ_SYSREG(icc_iar1_el1);
    if (intid == ICC_SPURIOUS) continue;
    taken[intid]++;
    WRITE_SYSREG_SYNC(icc_eoir1_el1, intid);
  }
}

static void wait_taken(u32 intid, u32 count) {
  while (taken[intid] < count) {
  }
}

void test_cpus(void) {
  check_section("CPUs");
  check("the last redistributor alone says so", !(GICR_TYPER(0) & GICR_TYPER_LAST));
  cpu_on(OTHER, worker, 0);
  while (!ready) {
  }
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R(3, 1u << OTHER));
  wait_taken(3, 1);
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R_OTHERS(3));
  wait_taken(3, 2);
  check_equal("SGIs", taken[3], 2);
  GICD3_IROUTER(SHARED) = OTHER;
  GIC3_ICFGR(SHARED) |= 2u << SHARED % 16 * 2;
  gicv3_enable(SHARED, 0x50);
  GIC3_ISPENDR(SHARED) = 1u << SHARED % 32;
  wait_taken(SHARED, 1);
  check_equal("an SPI", taken[SHARED], 1);
  check_equal("none of them here", READ_SYSREG(icc_iar1_el1), ICC_SPURIOUS);
  gicv3_disable(SHARED);
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R(DONE, 1u << OTHER));
  cpu_wait_off(OTHER);
  check_equal("the end", taken[DONE], 1);
}

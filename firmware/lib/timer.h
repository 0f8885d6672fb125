/* The generic timer (DDI 0487, chapter D12): control bits and lengths of time. */
#pragma once

#include "sysreg.h"

#define TIMER_ENABLE 1ull
#define TIMER_IMASK 2ull
#define TIMER_ISTATUS 4ull

/* Counter ticks of so many microseconds. */
static inline u64 ticks(u64 microseconds) { return READ_SYSREG(cntfrq_el0) * microseconds / 1000000; }

/* Lines that can be raised and lowered at will: those of the virtual and of the physical timer. */
static inline void raise_virtual(void) {
  WRITE_SYSREG(cntv_cval_el0, 0);
  WRITE_SYSREG_SYNC(cntv_ctl_el0, TIMER_ENABLE);
}
static inline void raise_physical(void) {
  WRITE_SYSREG(cntp_cval_el0, 0);
  WRITE_SYSREG_SYNC(cntp_ctl_el0, TIMER_ENABLE);
}
static inline void lower_both(void) {
  WRITE_SYSREG(cntv_ctl_el0, 0);
  WRITE_SYSREG_SYNC(cntp_ctl_el0, 0);
}

/* Sleep with WFI, interrupts masked, until the condition holds: for conditions that an interrupt brings about. */
#define WFI_UNTIL(condition) \
  while (!(condition)) __asm__ volatile("wfi" ::: "memory")

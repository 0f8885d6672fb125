#include "seen.h"

#include "sysreg.h"
#include "timer.h"

volatile struct seen seen[SEEN];
volatile u32 seen_count;

void seen_note(u32 intid, u32 priority) {
  if (seen_count < SEEN) seen[seen_count] = (struct seen){intid, priority};
  seen_count++;
}

u64 seen_take(trap_handler *handler) {
  seen_count = 0;
  trap_handlers[1][VECTOR_SPX_IRQ] = handler;
  irq_unmask();
  isb();
  irq_mask();
  return seen_count;
}

u64 seen_take_timer(trap_handler *handler, u64 count) {
  seen_count = 0;
  trap_handlers[1][VECTOR_SPX_IRQ] = handler;
  for (u64 n = 0; n < count; n++) {
    WRITE_SYSREG(cntp_tval_el0, 0);
    WRITE_SYSREG_SYNC(cntp_ctl_el0, TIMER_ENABLE);
    irq_unmask();
    while (seen_count == n) {
    }
    irq_mask();
  }
  return seen_count;
}

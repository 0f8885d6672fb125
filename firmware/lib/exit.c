/* The ways a guest ends: a semihosting exit with a code, or PSCI. */
#include "exit.h"

#include "console.h"
#include "smccc.h"

#define SYS_EXIT 0x18
#define ADP_STOPPED_APPLICATION_EXIT 0x20026ull

static _Noreturn void wait_for_ever(void) {
  for (;;) __asm__ volatile("wfi");
}

_Noreturn void guest_exit(u32 code) {
  static u64 block[2];
  if (block[0]) {
    /* HLT was UNDEFINED, and the default exception handler has come here again. */
    print("no semihosting: cannot exit with code %lu\n", block[1]);
    wait_for_ever();
  }
  block[0] = ADP_STOPPED_APPLICATION_EXIT;
  block[1] = code;
  register u64 x0 __asm__("x0") = SYS_EXIT;
  register u64 *x1 __asm__("x1") = block;
  __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
  wait_for_ever();
}

_Noreturn void guest_power_off(void) {
  smccc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
  print("SYSTEM_OFF returned\n");
  wait_for_ever();
}

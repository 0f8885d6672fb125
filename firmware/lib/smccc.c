/* SMC Calling Convention (DEN 0028) calls. */
#include "smccc.h"

#include "sysreg.h"

#define DEFINE_CALL(name, instruction)                                                                     \
  i64 name(u64 function, u64 a1, u64 a2, u64 a3) {                                                         \
    register u64 x0 __asm__("x0") = function;                                                              \
    register u64 x1 __asm__("x1") = a1;                                                                    \
    register u64 x2 __asm__("x2") = a2;                                                                    \
    register u64 x3 __asm__("x3") = a3;                                                                    \
    __asm__ volatile(instruction                                                                           \
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                              \
                     :                                                                                     \
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", \
                       "x17", "memory");                                                                   \
    return (i64)x0;                                                                                        \
  }

DEFINE_CALL(hvc_call, "hvc #0")
static DEFINE_CALL(smc_call, "smc #0")

i64 smccc_call(u64 function, u64 a1, u64 a2, u64 a3) {
  return current_el() == 2 ? smc_call(function, a1, a2, a3) : hvc_call(function, a1, a2, a3);
}

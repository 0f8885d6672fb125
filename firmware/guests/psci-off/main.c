/* psci-off: powers the machine off by PSCI, through HVC at EL1 and SMC at EL2. */
#include "console.h"
#include "exit.h"
#include "smccc.h"

int main(void) {
  i64 version = smccc_call(PSCI_VERSION, 0, 0, 0);
  print("PSCI %s\n", version >= 2 ? "answers" : "is missing");
  print("powering off\n");
  guest_power_off();
}

/* same-ipa: one of several VMs that use the same IPAs; each finds its own contents after it yielded. */
#include "check.h"
#include "console.h"
#include "smccc.h"

#define SECRETS 0x44000000ull
#define PAGE 0x1000ull
#define PAGES 16u
#define ROUNDS 8u

/* Who this VM is. The host may write another value here before it starts the VM. */
volatile u64 personality __attribute__((section(".data.personality"))) = 1;

static u64 secret(u32 round, u32 page) { return (personality << 32) + (round << 16) + page; }

static volatile u64 *secret_page(u32 page) { return (volatile u64 *)(SECRETS + page * PAGE); }

int main(void) {
  print("vm %lu starts\n", personality);
  bool own = true, answered = true;
  for (u32 round = 0; round < ROUNDS; round++) {
    for (u32 page = 0; page < PAGES; page++) *secret_page(page) = secret(round, page);
    i64 result = smccc_call(VENDOR_YIELD, round, 0, 0);
    answered &= result == 0 || result == SMCCC_NOT_SUPPORTED;
    for (u32 page = 0; page < PAGES; page++) own &= *secret_page(page) == secret(round, page);
  }
  check("yield answers", answered);
  check("memory holds this VM's own secrets", own);
  print("vm %lu ends\n", personality);
  return check_summary("same-ipa");
}

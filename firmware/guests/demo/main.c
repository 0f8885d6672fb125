/* demo-a and demo-b: what `el2` shows by itself; demand-paged memory behind own tables, a hypercall, an end. */
#include "console.h"
#include "exit.h"
#include "mmu.h"
#include "smccc.h"
#include "sysreg.h"

#define VA_BASE 0x80000000ull
#define IPA_BASE 0x44000000ull
#define PAGES 96u

/* Scatter: page n of the virtual range lies at frame (n * STRIDE) % 1024 of a 4 MiB physical range. */
#define FRAME(n) (IPA_BASE + ((n) * STRIDE % 1024) * PAGE_SIZE)

static void use_memory(void) {
  struct page_table table = stage1_table(39);
  map_image_el1(&table);
  for (u32 n = 0; n < PAGES; n++) {
    table_map(&table, 3, VA_BASE + n * PAGE_SIZE, FRAME(n), PAGE_SIZE, S1_NORMAL | S1_UXN | S1_PXN);
  }
  mmu_on_el1((u64)table.root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40, 0);
  for (u32 n = 0; n < PAGES; n++) *(volatile u64 *)(VA_BASE + n * PAGE_SIZE + 8 * n) = n * SEED;
  u64 sum = 0, want = 0;
  for (u32 n = 0; n < PAGES; n++) {
    sum += *(volatile u64 *)(VA_BASE + n * PAGE_SIZE + 8 * n);
    want += n * SEED;
  }
  print("guest " NAME ": %u KiB in scattered pages written and read back, sum %lu, %s\n", PAGES * 4, sum,
        sum == want ? "right" : "WRONG");
}

int main(void) {
  print("guest " NAME ": hello from EL%u\n", current_el());
  use_memory();
  i64 version = hvc_call(PSCI_VERSION, 0, 0, 0);
  print("guest " NAME ": PSCI %u.%u\n", (u32)(version >> 16), (u32)version & 0xffff);
  i64 answer = hvc_call(VENDOR_HELLO, SEED, 0, 0);
  if (answer == SMCCC_NOT_SUPPORTED) {
    print("guest " NAME ": nobody answers the hello hypercall\n");
  } else {
    print("guest " NAME ": the hypervisor answers hello with %ld\n", answer);
  }
  print("guest " NAME ": power off\n");
  guest_power_off();
}

/*
 * tlbi: the scope of every TLBI of the EL1&0 regime and of EL2's. What an operation covers must be gone; what it does
 * not cover may stay or go, so that is a note: "note OPERATION keeps N of M others".
 */
#include "check.h"
#include "console.h"
#include "mmu.h"
#include "operations.h"
#include "probe.h"
#include "smp.h"
#include "sysreg.h"

/* The second CPU, which runs one operation at a time for the first. */
static volatile struct {
  void (*run)(u64);
  u64 argument;
} request;

static void serve(u64 unused) {
  (void)unused;
  cells_select(0);
  for (;;) {
    while (!request.run) {
    }
    void (*run)(u64) = request.run;
    run(request.argument);
    dsb();
    isb();
    request.run = 0;
  }
}

static void run_here(const struct operation *operation) {
  operation->run(operation->argument);
  dsb();
  isb();
}

static void run_there(const struct operation *operation) {
  request.argument = operation->argument;
  dsb();
  request.run = operation->run;
  dsb();
  while (request.run) {
  }
  isb();
}

/* Everything in the TLB, then all invalid in memory, then the operation: what is alive? */
static u32 alive_after(const struct operation *operation, enum breakage breakage,
                       void (*runner)(const struct operation *)) {
  cells_touch();
  cells_break(breakage);
  cells_select(0);
  runner(operation);
  u32 alive = cells_alive();
  cells_mend();
  return alive;
}

static void judge(const struct operation *operation, u32 alive) {
  u32 left = 0, kept = 0, outside = 0;
  for (u32 cell = 0; cell < CELLS; cell++) {
    bool stays = alive >> cell & 1;
    if (operation->covers(cell)) {
      left += stays;
    } else {
      outside++;
      kept += stays;
    }
  }
  check_equal(operation->name, left, 0);
  print("note %s keeps %u of %u others\n", operation->name, kept, outside);
}

static bool is_inner_shareable(u32 index) { return index & 1; }

static void test_operations(void) {
  check_equal("all cells", cells_touch(), 0);
  for (u32 i = 0; i < operation_count; i++) {
    const struct operation *operation = &operations[i];
    check_section("page");
    judge(operation, alive_after(operation, BREAK_PAGE, run_here));
    if (!operation->last_level) {
      check_section("table");
      judge(operation, alive_after(operation, BREAK_TABLE, run_here));
    }
    if (!is_inner_shareable(i)) continue;
    check_section("page, from the other CPU");
    judge(operation, alive_after(operation, BREAK_PAGE, run_there));
  }
}

static void test_ipa_operations(void) {
  for (u32 i = 0; i < ipa_operation_count; i++) {
    check_section("stage 2");
    judge(&ipa_operations[i], alive_after(&ipa_operations[i], BREAK_STAGE2, run_here));
    if (!is_inner_shareable(i)) continue;
    check_section("stage 2, from the other CPU");
    judge(&ipa_operations[i], alive_after(&ipa_operations[i], BREAK_STAGE2, run_there));
  }
}

/* EL2's own regime: one page, remapped under each operation that covers it. */
static void test_el2(void) {
  check_section("EL2");
  struct page_table table = stage1_table(39);
  map_image_el2(&table);
  u64 va = CELLS_VA(X);
  u64 *entry = table_entry(&table, va, 3);
  u64 leaf = table_leaf(3, CELL0_IPA, S1_NORMAL | S1_AP_EL0 | S1_UXN);
  mmu_on_el2(&table);
#define TRY(name, operation)                                    \
  do {                                                          \
    *entry = leaf;                                              \
    dsb();                                                      \
    isb();                                                      \
    probe_run(probe_read, va);                                  \
    bool mapped = last_trap.count == 0;                         \
    *entry = 0;                                                 \
    dsb();                                                      \
    operation;                                                  \
    dsb();                                                      \
    isb();                                                      \
    probe_run(probe_read, va);                                  \
    check(name, mapped && last_trap.count == 1);                \
  } while (0)
  TRY("vae2", SYS_OP_X("tlbi vae2", va >> 12));
  TRY("vae2is", SYS_OP_X("tlbi vae2is", va >> 12));
  TRY("vale2", SYS_OP_X("tlbi vale2", va >> 12));
  TRY("vale2is", SYS_OP_X("tlbi vale2is", va >> 12));
  TRY("alle2", SYS_OP("tlbi alle2"));
  TRY("alle2is", SYS_OP("tlbi alle2is"));
  mmu_off_el2();
}

int main(void) {
  if (current_el() != 2 || cpu_count() < 2) {
    print("tlbi needs EL2 and two CPUs\n");
    return 1;
  }
  probe_install(1);
  probe_install(2);
  cells_init();
  cpu_on(1, serve, 0);
  test_operations();
  test_ipa_operations();
  stage2_off();
  test_el2();
  check_section("");
  return check_summary("tlbi");
}

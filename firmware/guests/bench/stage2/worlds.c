/* bench/stage2: world switches between two VMs. */
#include "worlds.h"

#include "guest.h"
#include "trap.h"

#define VMS 2u
#define STACK 0x1000u
#define VMID_SHIFT 48

/* EL1's registers that a VM owns. */
#define EL1_REGISTERS(X)                                                                                      \
  X(sctlr_el1) X(ttbr0_el1) X(ttbr1_el1) X(tcr_el1) X(mair_el1) X(vbar_el1) X(contextidr_el1) X(cpacr_el1)    \
  X(sp_el1) X(sp_el0) X(elr_el1) X(spsr_el1) X(esr_el1) X(far_el1) X(par_el1) X(tpidr_el0) X(tpidr_el1)       \
  X(tpidrro_el0) X(cntkctl_el1)

#define MEMBER(name) u64 name;
#define SAVE(name) world->name = READ_SYSREG(name);
#define LOAD(name) WRITE_SYSREG(name, world->name);

static struct world {
  EL1_REGISTERS(MEMBER)
  u64 vttbr;
  struct trap_frame frame;
} worlds[VMS];
static u8 stacks[VMS][STACK] __attribute__((aligned(16)));
static u32 running;
static bool flushes;

static void save(struct world *world, const struct trap_frame *frame) {
  EL1_REGISTERS(SAVE)
  world->frame = *frame;
}

static void load(const struct world *world, struct trap_frame *frame) {
  EL1_REGISTERS(LOAD)
  *frame = world->frame;
  WRITE_SYSREG(vttbr_el2, world->vttbr);
  isb();
  if (flushes) {
    SYS_OP("tlbi alle1");
    dsb();
    isb();
  }
}

static void on_exit(struct trap_frame *frame) {
  save(&worlds[running], frame);
  running = (running + 1) % VMS;
  load(&worlds[running], frame);
}

void worlds_prepare(u64 frames) {
  guest_mmu_on();
  for (u32 n = 0; n < VMS; n++) {
    struct page_table table = stage2_table();
    u64 size = WORLD_PAGES * PAGE_SIZE, from = frames + n * size;
    map_image_stage2(&table);
    table_map(&table, 3, PAGES_IPA, from, size, S2_NORMAL | S2_READ | S2_WRITE | S2_XN);
    for (u64 at = from; at < from + size; at += 8) *(u64 *)at = n;
    if (n == 0) stage2_on(&table, 1, 0);
    struct trap_frame entry = {.elr = (u64)guest_world, .spsr = PSR_DAIF | PSR_EL1H, .x = {[0] = ~0ull}};
    save(&worlds[n], &entry);
    worlds[n].sp_el1 = (u64)stacks[n] + STACK;
    worlds[n].vttbr = (u64)table.root | (u64)(n + 1) << VMID_SHIFT;
  }
}

u64 worlds_run(u64 rounds, bool flush) {
  flushes = flush;
  running = 0;
  trap_handlers[2][VECTOR_LOWER_SYNC] = on_exit;
  u64 sum = run_lower(guest_world, rounds, PSR_DAIF | PSR_EL1H);
  stage2_off();
  return sum;
}

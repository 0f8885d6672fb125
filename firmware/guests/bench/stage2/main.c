/* bench/stage2: a hypervisor that maps pages on demand, emulates a device, and switches between two VMs. */
#include "bench.h"
#include "exit.h"
#include "guest.h"
#include "trap.h"
#include "worlds.h"

#define TABLES ROOM
#define TABLES_SIZE 0x1000000ull
#define FRAMES (TABLES + TABLES_SIZE)
#define FRAME_COUNT 4096u
#define ISS_SRT(esr) ((u32)((esr) >> 16) & 31)

static struct page_table stage2;
static u64 mapped;
static u32 device;

static _Noreturn void unexpected(const struct trap_frame *frame) {
  print("unexpected exit: esr %lx, far %lx, hpfar %lx, elr %lx\n", frame->esr, frame->far, frame->hpfar, frame->elr);
  guest_exit(99);
}

static void emulate(struct trap_frame *frame) {
  u32 reg = ISS_SRT(frame->esr);
  if (!(frame->esr & ISS_ISV)) unexpected(frame);
  if (frame->esr & ISS_WNR) {
    device = reg == 31 ? 0 : (u32)frame->x[reg];
  } else if (reg != 31) {
    frame->x[reg] = device;
  }
  frame->elr += 4;
}

static void on_exit(struct trap_frame *frame) {
  u64 page = (frame->hpfar << 8) & ~(PAGE_SIZE - 1);
  if (ESR_EC(frame->esr) != EC_DABT_LOWER || (frame->esr & ISS_S1PTW)) unexpected(frame);
  if (page == DEVICE_IPA) {
    emulate(frame);
  } else if (page >= PAGES_IPA) {
    u64 frame_pa = FRAMES + mapped++ % FRAME_COUNT * PAGE_SIZE;
    *table_entry(&stage2, page, 3) = table_leaf(3, frame_pa, S2_NORMAL | S2_READ | S2_WRITE | S2_XN);
    dsb();
  } else {
    unexpected(frame);
  }
}

/* Start with empty tables again; translations of older ones go. */
static void forget(void) {
  table_pool(TABLES, TABLES_SIZE);
  SYS_OP("tlbi alle1");
  dsb();
  isb();
}

static void prepare(void) {
  forget();
  guest_mmu_on();
  stage2 = stage2_table();
  map_image_stage2(&stage2);
  trap_handlers[2][VECTOR_LOWER_SYNC] = on_exit;
  stage2_on(&stage2, 1, 0);
}

static u64 run(u64 (*guest)(u64), u64 rounds) {
  u64 sum = run_lower(guest, rounds, PSR_DAIF | PSR_EL1H);
  stage2_off();
  return sum;
}

/* A round is a page. */
static u64 faults(u64 rounds) { return run(guest_touch, rounds); }
/* A round is a write and a read. */
static u64 device_exits(u64 rounds) { return run(guest_device, rounds); }

static void prepare_worlds(void) {
  forget();
  worlds_prepare(FRAMES);
}

/* A round is two switches. */
static u64 tagged(u64 rounds) { return worlds_run(rounds, false); }
static u64 flushed(u64 rounds) { return worlds_run(rounds, true); }

static const struct kernel kernels[] = {{"faults", 1000, prepare, faults},
                                        {"device", 1000, prepare, device_exits},
                                        {"tagged", 500, prepare_worlds, tagged},
                                        {"flushed", 500, prepare_worlds, flushed}};

int main(void) {
  mmu_on();
  return BENCH_MAIN(kernels);
}

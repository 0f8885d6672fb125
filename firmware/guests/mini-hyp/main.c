/* mini-hyp: a small hypervisor at EL2 with stage 1 on, and its guests at EL1 behind stage 2. */
#include "check.h"
#include "console.h"
#include "guest.h"
#include "hyp.h"
#include "mmu.h"
#include "sysreg.h"

#define RAM 0x42000000ull
#define RAM_SIZE 0x2000000ull
#define TOUCHED 64u
#define RW (S2_NORMAL | S2_READ | S2_WRITE)
#define RET 0xd65f03c0ull

static void hyp_mmu_on(void) {
  struct page_table table = stage1_table(39);
  map_image_el2(&table);
  table_map(&table, 2, RAM, RAM, RAM_SIZE, S1_NORMAL | S1_AP_EL0 | S1_UXN);
  mmu_on_el2(&table);
  SYS_OP("tlbi alle1");
  dsb();
  isb();
}

/* The last abort: class and syndrome, and the address in FAR. */
static void check_abort(const char *name, u32 ec, u64 iss, u64 address) {
  check_equal(name, exits.esr, ESR(ec, iss));
  check_equal("far", exits.far, address);
}

static void test_hypercall(const struct vm *vm) {
  check_section("hvc");
  check_equal("sum", vm_run(vm, guest_hypercall, 1000, 0), 1000 + 0x51);
}

static void test_demand(const struct vm *vm) {
  check_section("demand");
  check_equal("contents", vm_run(vm, guest_touch, TOUCHED, 0), 0);
  check_equal("faults", exits.translation, 2 * TOUCHED);
  check_equal("no fault the second time", vm_run(vm, guest_touch, TOUCHED, 0) + exits.translation, 2 * TOUCHED);

  /* Level of the fault: 3 in a table that exists, 2 and 1 above it. ISS: a doubleword load of X0, SF. */
  u64 iss = ISS_ISV | (3 << 22) | BIT(15);
  next_frame_value = 0x1234;
  u64 address = DEMAND_IPA + TOUCHED * PAGE_SIZE;
  check_equal("value from the hypervisor", vm_run(vm, guest_read_at, address, 0), 0x1234);
  u64 srt = exits.esr & (31u << 16);
  check_abort("level 3", EC_DABT_LOWER, iss | srt | FSC_TRANSLATION(3), address);
  check_equal("hpfar", exits.hpfar, address >> 8 & ~0xfull);
  address = DEMAND_IPA + BLOCK_2M * 3 + 8;
  vm_run(vm, guest_read_at, address, 0);
  srt = exits.esr & (31u << 16);
  check_abort("level 2", EC_DABT_LOWER, iss | srt | FSC_TRANSLATION(2), address);
  check_equal("hpfar", exits.hpfar, address >> 8 & ~0xfull);
  address = SHARED_IPA + 0x10;
  vm_run(vm, guest_read_at, address, 0);
  srt = exits.esr & (31u << 16);
  check_abort("level 1", EC_DABT_LOWER, iss | srt | FSC_TRANSLATION(1), address);
  address = BEYOND_IPA + 0x1000;
  vm_run(vm, guest_read_at, address, 0);
  check_equal("past 40 bits", exits.beyond, 1);
  next_frame_value = 0;
}

static void test_fetch(const struct vm *vm) {
  check_section("fetch");
  next_frame_value = RET;
  u64 address = DEMAND_IPA + BLOCK_2M * 4;
  check_equal("code from the hypervisor", vm_run(vm, guest_call, address, 0), address);
  check_abort("abort", EC_IABT_LOWER, FSC_TRANSLATION(2), address);
  check_equal("count", exits.fetch, 1);
  next_frame_value = 0;
}

static void test_permissions(const struct vm *vm) {
  check_section("permission");
  u64 address = DEMAND_IPA + BLOCK_2M * 5;
  table_map(&vm->stage2, 3, address, frame_new(77), PAGE_SIZE, S2_NORMAL | S2_READ);
  table_map(&vm->stage2, 3, address + PAGE_SIZE, frame_new(78), PAGE_SIZE, RW & ~PTE_AF);
  table_map(&vm->stage2, 3, address + 2 * PAGE_SIZE, frame_new(RET), PAGE_SIZE, RW | S2_XN);
  dsb();
  check_equal("read", vm_run(vm, guest_read_at, address, 0), 77);
  check_equal("no exit", exits.permission, 0);
  check_equal("write", vm_run(vm, guest_write_at, address, 0), address);
  check_equal("write fault", exits.esr & ~(31ull << 16),
              ESR(EC_DABT_LOWER, ISS_ISV | (3 << 22) | BIT(15) | ISS_WNR | FSC_PERMISSION(3)));
  check_equal("faults", exits.permission, 1);
  check_equal("access flag", vm_run(vm, guest_read_at, address + PAGE_SIZE, 0), 78);
  check_equal("access flag faults", exits.access_flag, 1);
  address += 2 * PAGE_SIZE;
  check_equal("run", vm_run(vm, guest_call, address, 0), address);
  check_abort("execute-never fault", EC_IABT_LOWER, FSC_PERMISSION(3), address);
  check_equal("faults", exits.permission, 2);
}

static void test_mmio(const struct vm *vm) {
  check_section("mmio");
  check_equal("results", vm_run(vm, guest_mmio, DEVICE_IPA + 8, 0), 0);
  check_equal("exits", exits.mmio, 22);
  check_equal("no syndrome: no write-back", vm_run(vm, guest_mmio_no_syndrome, DEVICE_IPA, 0), 0);
  check_equal("no syndrome: exits", exits.no_syndrome, 2);
}

static void test_walk(const struct vm *vm) {
  check_section("walk");
  struct page_table guest_table = stage1_table(39);
  map_image_el1(&guest_table);
  *table_entry(&guest_table, TABLE_VA, 1) = TABLE_IPA | PTE_TABLE_OR_PAGE | PTE_VALID;
  *(volatile u64 *)(*table_entry(&vm->stage2, DEMAND_IPA, 3) & PTE_ADDRESS) = 0;
  u64 frame = *table_entry(&vm->stage2, DEMAND_IPA, 3) & PTE_ADDRESS;
  *(volatile u64 *)(frame + 8) = 0xcafe;
  u32 before = exits.walk;
  check_equal("value through the guest's table", vm_run(vm, guest_walk, (u64)guest_table.root, 0), 0xcafe);
  check_equal("faults", exits.walk - before, 1);
  check_equal("far", exits.far, TABLE_VA + 8);
  check_equal("hpfar", exits.hpfar, TABLE_IPA >> 8);
  if (exits.esr == ESR(EC_DABT_LOWER, ISS_S1PTW | FSC_TRANSLATION(2))) {
    check_skip("esr", "this machine gives the level of stage 1");
  } else {
    check_equal("esr", exits.esr, ESR(EC_DABT_LOWER, ISS_S1PTW | FSC_TRANSLATION(1)));
  }
}

static void test_traps(const struct vm *vm) {
  check_section("trap");
  vm_run(vm, guest_wait, 0, HCR_TWI);
  check_equal("wfi", exits.wfi, 2);
  check_equal("contextidr_el1", vm_run(vm, guest_context, 0x5a5a, HCR_TVM), 0x5a5a);
  check_equal("msr", exits.sysreg, 1);
}

/* Two VMs with one IPA and two frames; nothing is flushed when they switch. */
static void test_two_vms(const struct vm *a, const struct vm *b) {
  check_section("two VMs");
  u64 frame_a = frame_new(100), frame_b = frame_new(200);
  /* Break before make: what earlier tests mapped there is gone from tables and TLBs first. */
  *table_entry(&a->stage2, SHARED_IPA, 3) = 0;
  *table_entry(&b->stage2, SHARED_IPA, 3) = 0;
  dsb();
  SYS_OP("tlbi alle1is");
  dsb();
  table_map(&a->stage2, 3, SHARED_IPA, frame_a, PAGE_SIZE, RW);
  table_map(&b->stage2, 3, SHARED_IPA, frame_b, PAGE_SIZE, RW);
  dsb();
  isb();
  bool own = true;
  for (u64 round = 0; round < 16; round++) {
    own &= vm_run(a, guest_exchange, 101 + round, 0) == 100 + round;
    own &= vm_run(b, guest_exchange, 201 + round, 0) == 200 + round;
  }
  check("each finds its own", own);
  check_equal("frame of the first", *(volatile u64 *)frame_a, 116);
  check_equal("frame of the second", *(volatile u64 *)frame_b, 216);
}

/* Take a page away and give another; each way to forget the old translation must do. */
static void test_unmap(const struct vm *a, const struct vm *b) {
  check_section("unmap");
  u64 kept = vm_run(b, guest_read_at, SHARED_IPA, 0);
  u64 *entry = table_entry(&a->stage2, SHARED_IPA, 3);
#define UNMAP(name, value, operations)                                           \
  do {                                                                           \
    vm_run(a, guest_read_at, SHARED_IPA, 0);                                     \
    u32 faults = exits.translation;                                              \
    *entry = 0;                                                                  \
    dsb();                                                                       \
    operations;                                                                  \
    dsb();                                                                       \
    isb();                                                                       \
    next_frame_value = value;                                                    \
    check_equal(name, vm_run(a, guest_read_at, SHARED_IPA, 0), value);           \
    check_equal("faults", exits.translation - faults, 1);                        \
  } while (0)
  UNMAP("ipas2e1, vmalle1", 301, {
    SYS_OP_X("tlbi ipas2e1", SHARED_IPA >> 12);
    dsb();
    SYS_OP("tlbi vmalle1");
  });
  UNMAP("ipas2e1is, vmalle1is", 302, {
    SYS_OP_X("tlbi ipas2e1is", SHARED_IPA >> 12);
    dsb();
    SYS_OP("tlbi vmalle1is");
  });
  UNMAP("ipas2le1is, vmalle1is", 303, {
    SYS_OP_X("tlbi ipas2le1is", SHARED_IPA >> 12);
    dsb();
    SYS_OP("tlbi vmalle1is");
  });
  UNMAP("vmalls12e1is", 304, SYS_OP("tlbi vmalls12e1is"));
  UNMAP("alle1", 305, SYS_OP("tlbi alle1"));
  check_equal("the other VM is untouched", vm_run(b, guest_read_at, SHARED_IPA, 0), kept);
}

int main(void) {
  if (current_el() != 2) {
    print("mini-hyp needs EL2\n");
    return 1;
  }
  hyp_mmu_on();
  exits_install();
  struct vm a = vm_create(1), b = vm_create(2);
  test_hypercall(&a);
  test_demand(&a);
  test_fetch(&a);
  test_permissions(&a);
  test_mmio(&a);
  test_walk(&a);
  test_traps(&a);
  test_two_vms(&a, &b);
  test_unmap(&a, &b);
  stage2_off();
  check_section("");
  print("exits: %u hvc, %u translation, %u permission, %u access flag, %u walk, %u fetch\n", exits.hvc,
        exits.translation, exits.permission, exits.access_flag, exits.walk, exits.fetch);
  print("exits: %u mmio, %u without syndrome, %u wfi, %u msr\n", exits.mmio, exits.no_syndrome, exits.wfi,
        exits.sysreg);
  return check_summary("mini-hyp");
}

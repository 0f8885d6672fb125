/* Stage 2: demand mapping in pages and blocks, slots that come and go, a guest whose own table is not mapped yet. */
#include "check.h"
#include "checks.h"
#include "guest.h"
#include "vm.h"
#include <linux/mman.h>

#define BYTES (8 * MIB)
#define PAGES (BYTES / PAGE)
#define SEED 0x1234567800000000ul
#define BLOCK_1G_DEVICE 0x401ul /* block, AF, Attr0 */
#define BLOCK_1G_NORMAL 0x705ul /* block, AF, inner shareable, Attr1 */

/* How many pages do not begin with what guest_write stored there. */
static u64 wrong_pages(const u8 *data) {
  u64 wrong = 0;
  for (u64 page = 0; page < PAGES; page++) wrong += *(u64 *)(data + page * PAGE) != DATA + page * PAGE + SEED;
  return wrong;
}

static void check_touch(const char *name, int blocks) {
  struct vm vm;
  u8 *data = memory(BYTES, blocks);
  vm_create(&vm, 1, 0);
  vm_slot(&vm, 1, DATA, data, BYTES, 0);
  u64 start = nanoseconds();
  call(&vm.vcpus[0], guest_write, DATA, PAGE, PAGES, SEED);
  time_each(name, start, PAGES);
  check(name, 0, wrong_pages(data));
  vm_destroy(&vm);
  syscall4(__NR_munmap, data, BYTES, 0, 0);
}

static u64 unmapped_accesses;

static void count_access(struct vcpu *vcpu, struct kvm_run *run) {
  (void)vcpu;
  if (run->mmio.phys_addr == DATA && !run->mmio.is_write) unmapped_accesses++;
  *(u64 *)run->mmio.data = 0x5a;
}

/* A vCPU that has used a mapping must not use it after Linux has taken it away. */
static void check_unmap(void) {
  struct vm vm;
  u8 *first = memory(BYTES, 1), *second = memory(BYTES, 0);
  vm_create(&vm, 1, 0);
  struct vcpu *vcpu = &vm.vcpus[0];
  vcpu->device = count_access;
  vm_slot(&vm, 1, DATA, first, BYTES, 0);
  call(vcpu, guest_write, DATA, PAGE, PAGES, SEED);
  check("mapped", DATA + SEED, call(vcpu, guest_read, DATA, 8, 1, 0));
  vm_slot(&vm, 1, DATA, first, 0, 0);
  check("no-slot", 0x5a, call(vcpu, guest_read, DATA, 8, 1, 0));
  check("no-slot-exits", 1, unmapped_accesses);
  *(u64 *)second = 77;
  vm_slot(&vm, 1, DATA, second, BYTES, 0);
  check("other-memory", 77, call(vcpu, guest_read, DATA, 8, 1, 0));
  must("madvise", syscall4(__NR_madvise, second, PAGE, MADV_DONTNEED, 0));
  check("page-given-back", 0, call(vcpu, guest_read, DATA, 8, 1, 0));
  vm_slot(&vm, 1, DATA, second, 0, 0);
  vm_slot(&vm, 1, DATA, second, BYTES, KVM_MEM_READONLY);
  *(u64 *)second = 78;
  check("read-only", 78, call(vcpu, guest_read, DATA, 8, 1, 0));
  call(vcpu, guest_write, DATA, 8, 1, 1);
  check("read-only-kept", 78, *(u64 *)second);
  vm_destroy(&vm);
}

/* The stage-2 fault of the guest's first table walk names the table (S1PTW). */
static void check_stage1_walk(void) {
  struct vm vm;
  vm_create(&vm, 1, 0);
  u64 *table = (u64 *)(vm.ram + (TABLE - RAM));
  for (u64 i = 0; i < 4; i++) table[i] = i << 30 | (i < 2 ? BLOCK_1G_DEVICE : BLOCK_1G_NORMAL);
  call(&vm.vcpus[0], guest_mmu, 0, 0, 0, 0);
  check("stage-1-walk", table[2], call(&vm.vcpus[0], guest_read, TABLE + 16, 8, 1, 0));
  vm_destroy(&vm);
}

void check_memory(void) {
  check_touch("pages", 0);
  check_touch("blocks", 1);
  check_unmap();
  check_stage1_walk();
}

/* Exits: hypercalls that the kernel answers, device accesses that this program answers, and registers kept over them. */
#include "check.h"
#include "checks.h"
#include "guest.h"
#include "vm.h"

#define COUNT 20000
#define FLOAT_COUNT 1000

static u64 last_store;
static u64 accesses;

static void complement(struct vcpu *vcpu, struct kvm_run *run) {
  (void)vcpu;
  accesses++;
  if (run->mmio.is_write) last_store = *(u64 *)run->mmio.data;
  else *(u64 *)run->mmio.data = ~last_store;
}

static u8 stored[16];

static void sizes(struct vcpu *vcpu, struct kvm_run *run) {
  (void)vcpu;
  u64 offset = run->mmio.phys_addr - PORT;
  for (u32 i = 0; i < run->mmio.len; i++) {
    if (run->mmio.is_write) stored[offset - 32 + i] = run->mmio.data[i];
    else run->mmio.data[i] = (u8)(0x80 + offset + i);
  }
}

static void clobber_float(struct vcpu *vcpu, struct kvm_run *run) {
  (void)vcpu;
  (void)run;
  __asm__ volatile("movi v0.16b, #0xff; movi v15.16b, #0xee; movi v31.16b, #0xdd" ::: "v0", "v15", "v31");
}

void check_exits(void) {
  struct vm vm;
  vm_create(&vm, 1, 0);
  struct vcpu *vcpu = &vm.vcpus[0];
  u64 start = nanoseconds();
  u64 version = call(vcpu, guest_hvc, 1, PSCI_0_2_FN_PSCI_VERSION, 0, 0);
  check("psci-version", vcpu_get(vcpu, KVM_REG_ARM_PSCI_VERSION), version);
  check("hvc", 0, call(vcpu, guest_hvc, COUNT, PSCI_0_2_FN_PSCI_VERSION, 0, 0));
  time_each("hvc", start, COUNT);

  vcpu->device = complement;
  start = nanoseconds();
  check("mmio", 0, call(vcpu, guest_mmio, COUNT / 2, 0, 0, 0));
  time_each("mmio", start, COUNT);
  check("mmio-exits", COUNT, accesses);

  vcpu->device = sizes;
  check("mmio-loads", 0, call(vcpu, guest_mmio_sizes, PORT, 0, 0, 0));
  check("mmio-stores", 0x9392919091900090, *(u64 *)stored);
  check("mmio-store-of-8", 0x9796959493929190, *(u64 *)(stored + 8));

  vcpu->device = clobber_float;
  check("float", 0, call(vcpu, guest_float, FLOAT_COUNT, 0, 0, 0));
  vm_destroy(&vm);
}

/* Makes VMs and runs their guest by the interface of Linux's Documentation/virt/kvm/api.rst. */
#include "vm.h"
#include "guest.h"
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <stddef.h>

#define CORE_REG(field) (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))
#define AT_CWD ((u64)-100)
#define EINTR 4

static int kvm_fd = -1;

static int kvm(void) {
  if (kvm_fd < 0) kvm_fd = (int)must("/dev/kvm", syscall4(__NR_openat, AT_CWD, "/dev/kvm", O_RDWR, 0));
  return kvm_fd;
}

void vm_slot(struct vm *vm, u32 slot, u64 ipa, void *memory, u64 bytes, u32 flags) {
  struct kvm_userspace_memory_region region = {slot, flags, ipa, bytes, (u64)memory};
  ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

static void vcpu_create(struct vm *vm, u32 number) {
  struct kvm_vcpu_init init;
  struct vcpu *vcpu = &vm->vcpus[number];
  vcpu->fd = (int)ioctl(vm->fd, KVM_CREATE_VCPU, number);
  ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init);
  init.features[0] = 1u << KVM_ARM_VCPU_PSCI_0_2 | (number == 0 ? 0 : 1u << KVM_ARM_VCPU_POWER_OFF);
  ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init);
  u64 bytes = (u64)ioctl(kvm(), KVM_GET_VCPU_MMAP_SIZE, 0);
  long run = syscall6(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, (u64)vcpu->fd, 0);
  vcpu->run = (struct kvm_run *)must("mmap of a vCPU", run);
}

static void gic_set(struct vm *vm, u32 group, u64 attr, u64 *value) {
  struct kvm_device_attr attribute = {0, group, attr, (u64)value};
  ioctl(vm->gic, KVM_SET_DEVICE_ATTR, &attribute);
}

/* A GICv2 where the host's GIC can give one, else a GICv3. */
static void gic_create(struct vm *vm) {
  struct kvm_create_device device = {KVM_DEV_TYPE_ARM_VGIC_V2, 0, KVM_CREATE_DEVICE_TEST};
  u64 distributor = GICD, cpu_interface = GICC, redistributors = GICR;
  int is_v2 = syscall4(__NR_ioctl, vm->fd, KVM_CREATE_DEVICE, &device, 0) == 0;
  device = (struct kvm_create_device){is_v2 ? KVM_DEV_TYPE_ARM_VGIC_V2 : KVM_DEV_TYPE_ARM_VGIC_V3, 0, 0};
  ioctl(vm->fd, KVM_CREATE_DEVICE, &device);
  vm->gic = (int)device.fd;
  if (is_v2) {
    gic_set(vm, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_DIST, &distributor);
    gic_set(vm, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_CPU, &cpu_interface);
  } else {
    gic_set(vm, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &distributor);
    gic_set(vm, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redistributors);
  }
  gic_set(vm, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

void vm_create(struct vm *vm, u32 vcpus, int gic) {
  *vm = (struct vm){.gic = -1};
  vm->fd = (int)ioctl(kvm(), KVM_CREATE_VM, 0);
  vm->ram = memory(RAM_BYTES, 0);
  for (u64 i = 0; i < (u64)(guest_end - guest_start); i++) vm->ram[i] = guest_start[i];
  vm_slot(vm, 0, RAM, vm->ram, RAM_BYTES, 0);
  for (u32 number = 0; number < vcpus; number++) vcpu_create(vm, number);
  if (gic) gic_create(vm);
}

void vm_destroy(struct vm *vm) {
  // KVM frees a VM when its last file is closed and its vCPUs are no longer mapped.
  u64 bytes = (u64)ioctl(kvm(), KVM_GET_VCPU_MMAP_SIZE, 0);
  for (struct vcpu *vcpu = vm->vcpus; vcpu < vm->vcpus + MOST_VCPUS && vcpu->run != 0; vcpu++) {
    syscall4(__NR_munmap, vcpu->run, bytes, 0, 0);
    syscall4(__NR_close, vcpu->fd, 0, 0, 0);
  }
  if (vm->gic >= 0) syscall4(__NR_close, vm->gic, 0, 0, 0);
  syscall4(__NR_close, vm->fd, 0, 0, 0);
  syscall4(__NR_munmap, vm->ram, RAM_BYTES, 0, 0);
}

u64 vcpu_get(struct vcpu *vcpu, u64 reg) {
  u64 value;
  struct kvm_one_reg one = {reg, (u64)&value};
  ioctl(vcpu->fd, KVM_GET_ONE_REG, &one);
  return value;
}

void vcpu_set(struct vcpu *vcpu, u64 reg, u64 value) {
  struct kvm_one_reg one = {reg, (u64)&value};
  ioctl(vcpu->fd, KVM_SET_ONE_REG, &one);
}

u32 vcpu_run(struct vcpu *vcpu) {
  struct kvm_run *run = vcpu->run;
  for (;;) {
    ioctl(vcpu->fd, KVM_RUN, 0);
    if (run->exit_reason != KVM_EXIT_MMIO) return run->exit_reason;
    if (run->mmio.phys_addr == END && run->mmio.is_write) return KVM_EXIT_MMIO;
    if (vcpu->device == 0) return KVM_EXIT_UNKNOWN;
    vcpu->device(vcpu, run);
  }
}

u64 ipa_of(const u8 *place) { return RAM + (u64)(place - guest_start); }

void vcpu_enter(struct vcpu *vcpu, const u8 *function, u64 a, u64 b, u64 c, u64 d) {
  const u64 arguments[] = {a, b, c, d};
  for (u64 i = 0; i < 4; i++) vcpu_set(vcpu, CORE_REG(regs.regs[0]) + 2 * i, arguments[i]);
  vcpu_set(vcpu, CORE_REG(regs.pc), ipa_of(function));
}

u64 call(struct vcpu *vcpu, const u8 *function, u64 a, u64 b, u64 c, u64 d) {
  vcpu_enter(vcpu, function, a, b, c, d);
  u32 reason = vcpu_run(vcpu);
  if (reason != KVM_EXIT_MMIO) {
    print("FAIL unexpected exit ");
    print_decimal(reason);
    print(" at ");
    print_hex(vcpu_get(vcpu, CORE_REG(regs.pc)));
    print("\n");
    end_program(1);
  }
  u64 result = *(u64 *)vcpu->run->mmio.data;
  // KVM steps over the store when the vCPU is run next: before the next function, not in it.
  vcpu->run->immediate_exit = 1;
  long stepped = syscall4(__NR_ioctl, vcpu->fd, KVM_RUN, 0, 0);
  vcpu->run->immediate_exit = 0;
  if (stepped != -EINTR) must("KVM_RUN with immediate_exit", stepped < 0 ? stepped : -EINTR);
  return result;
}

/* A VM of KVM whose guest is called function by function. */
#pragma once
#include "linux.h"
#include <linux/kvm.h>

/* The guest's map, in IPAs. */
#define GICD 0x08000000ul
#define GICC 0x08010000ul
#define GICR 0x080a0000ul
#define DEVICE 0x09000000ul /* a store to END ends the function with that result; the rest is the device of a check */
#define PORT (DEVICE + 8)
#define END DEVICE
#define RAM 0x80000000ul
#define RAM_BYTES (2 * MIB)
#define TABLE (RAM + MIB)      /* the stage-1 table of the guest */
#define COUNTER (RAM + 0x110000) /* a doubleword that the vCPUs share */
#define DATA 0x90000000ul      /* where checks put a second slot */

#define MOST_VCPUS 4

struct vcpu;
/* Answers an access of the guest to [DEVICE, …): `run->mmio` says which, and takes what a load reads. */
typedef void device_fn(struct vcpu *vcpu, struct kvm_run *run);

struct vcpu {
  int fd;
  struct kvm_run *run;
  device_fn *device;
};

struct vm {
  int fd;
  int gic;
  u8 *ram;
  struct vcpu vcpus[MOST_VCPUS];
};

/* Makes a VM with RAM that holds the guest; vCPUs but the first wait for CPU_ON. `gic`: with the virtual GIC that KVM offers, v2 or v3. */
void vm_create(struct vm *vm, u32 vcpus, int gic);
void vm_destroy(struct vm *vm);

/* Puts memory behind IPAs; no bytes take the slot away. `flags` are those of KVM_SET_USER_MEMORY_REGION. */
void vm_slot(struct vm *vm, u32 slot, u64 ipa, void *memory, u64 bytes, u32 flags);

u64 vcpu_get(struct vcpu *vcpu, u64 reg);
void vcpu_set(struct vcpu *vcpu, u64 reg, u64 value);

/* Runs until an exit that is not an access to the device; its reason, or KVM_EXIT_MMIO for the end of the function. */
u32 vcpu_run(struct vcpu *vcpu);

/* Lets the next run begin a function of the guest (guest.h) with these arguments in X0 to X3. */
void vcpu_enter(struct vcpu *vcpu, const u8 *function, u64 a, u64 b, u64 c, u64 d);

/* Runs a function of the guest to its end, with the device that `vcpu` has; its result. Another exit ends the program. */
u64 call(struct vcpu *vcpu, const u8 *function, u64 a, u64 b, u64 c, u64 d);

/* IPA of a place in the guest's code. */
u64 ipa_of(const u8 *place);

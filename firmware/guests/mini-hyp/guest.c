/* mini-hyp: what its guests do at EL1. */
#include "guest.h"

#include "hyp.h"
#include "mmu.h"
#include "sysreg.h"

static volatile u64 *at(u64 address) { return (volatile u64 *)address; }

u64 guest_hypercall(u64 argument) {
  register u64 x0 __asm__("x0") = argument;
  __asm__ volatile("hvc #0x51" : "+r"(x0)::"memory");
  return x0;
}

u64 guest_touch(u64 pages) {
  u64 wrong = 0;
  for (u64 n = 0; n < pages; n++) {
    *at(DEMAND_IPA + n * PAGE_SIZE) = n;
    *at(DEMAND_HIGH_IPA + n * PAGE_SIZE) = ~n;
  }
  for (u64 n = 0; n < pages; n++) {
    wrong += *at(DEMAND_IPA + n * PAGE_SIZE) != n;
    wrong += *at(DEMAND_HIGH_IPA + n * PAGE_SIZE) != ~n;
  }
  return wrong;
}

u64 guest_read_at(u64 address) { return *at(address); }

u64 guest_write_at(u64 address) {
  *at(address) = address;
  return *at(address);
}

u64 guest_call(u64 address) { return ((u64(*)(u64))address)(address); }

#define LOAD(instruction, size)                                                            \
  ({                                                                                       \
    u64 value_;                                                                            \
    __asm__ volatile(instruction " %" size "0, [%1]" : "=r"(value_) : "r"(base) : "memory"); \
    value_;                                                                                \
  })
#define STORE(instruction, size, value) \
  __asm__ volatile(instruction " %" size "0, [%1]" ::"r"((u64)(value)), "r"(base) : "memory")

u64 guest_mmio(u64 base) {
  u64 wrong = 0;
  STORE("str", "x", 0x8899aabbccddeeff);
  wrong += LOAD("ldr", "x") != 0x8899aabbccddeeff;
  wrong += LOAD("ldr", "w") != 0xccddeeff;
  wrong += LOAD("ldrh", "w") != 0xeeff;
  wrong += LOAD("ldrb", "w") != 0xff;
  wrong += LOAD("ldrsb", "w") != 0xffffffff;
  wrong += LOAD("ldrsb", "x") != 0xffffffffffffffff;
  wrong += LOAD("ldrsh", "w") != 0xffffeeff;
  wrong += LOAD("ldrsh", "x") != 0xffffffffffffeeff;
  wrong += LOAD("ldrsw", "x") != 0xffffffffccddeeff;
  wrong += LOAD("ldar", "x") != 0x8899aabbccddeeff;
  wrong += LOAD("ldtr", "x") != 0x8899aabbccddeeff;
  STORE("strb", "w", 0x11);
  wrong += LOAD("ldr", "x") != 0x8899aabbccddee11;
  STORE("strh", "w", 0x2222);
  wrong += LOAD("ldr", "x") != 0x8899aabbccdd2222;
  STORE("stlr", "w", 0x33333333);
  wrong += LOAD("ldr", "x") != 0x8899aabb33333333;
  __asm__ volatile("str wzr, [%0, #4]" ::"r"(base) : "memory");
  wrong += LOAD("ldr", "x") != 0x33333333;
  __asm__ volatile("str xzr, [%0, %1, lsl #3]" ::"r"(base), "r"(1ull) : "memory");
  __asm__ volatile("ldr xzr, [%0]" ::"r"(base) : "memory");
  return wrong;
}

u64 guest_mmio_no_syndrome(u64 base) {
  u64 address = base;
  __asm__ volatile("ldp x1, x2, [%0]" ::"r"(address) : "x1", "x2", "memory");
  __asm__ volatile("str wzr, [%0], #4" : "+r"(address)::"memory");
  /* The access was skipped, its write-back with it. */
  return address - base;
}

u64 guest_walk(u64 root) {
  mmu_on_el1(root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40, 0);
  u64 value = *at(TABLE_VA + 8);
  mmu_off_el1();
  return value;
}

u64 guest_wait(u64 unused) {
  __asm__ volatile("wfi\n\twfi" ::: "memory");
  return unused;
}

u64 guest_context(u64 value) {
  WRITE_SYSREG_SYNC(contextidr_el1, value);
  return READ_SYSREG(contextidr_el1);
}

u64 guest_exchange(u64 value) {
  u64 before = *at(SHARED_IPA);
  *at(SHARED_IPA) = value;
  return before;
}

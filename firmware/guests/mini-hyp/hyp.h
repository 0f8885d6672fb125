/* mini-hyp: the VMs, the exits that the hypervisor serves and its account of them. */
#pragma once

#include "mmu.h"
#include "types.h"

struct vm {
  struct page_table stage2;
  u32 vmid;
};

/* What each exit left behind, for the checks; the counters are the account. */
struct exits {
  u32 hvc, translation, permission, access_flag, walk, fetch, mmio, no_syndrome, wfi, sysreg, beyond;
  u64 esr, far, hpfar; /* of the last abort */
};

extern struct exits exits;

/* Make an empty VM: this image, and nothing else. */
struct vm vm_create(u32 vmid);

/* Run a guest function in a VM under HCR_EL2 bits and return its result. No TLB maintenance. */
u64 vm_run(const struct vm *vm, u64 (*guest)(u64), u64 argument, u64 hcr);

/* A new frame of RAM, with `value` in its first doubleword. */
u64 frame_new(u64 value);

/* Serve the exits of the VM that runs. */
void exits_install(void);

/* Value that the hypervisor puts in the next frame that it maps on demand. */
extern u64 next_frame_value;

/* Where guests find things (IPAs). */
#define DEMAND_IPA 0x100000000ull        /* mapped on first touch */
#define DEMAND_HIGH_IPA 0x8000000000ull  /* the same, in the second concatenated table */
#define DEMAND_SIZE 0x40000000ull
#define DEVICE_IPA 0x0a000000ull         /* 64 bytes of emulated device */
#define DEVICE_SIZE 64u
#define SHARED_IPA 0x180000000ull        /* one frame in each VM, another in each */
#define BEYOND_IPA 0x10000000000ull      /* past 40 bits */
#define TABLE_IPA 0x1c0000000ull         /* a guest's level-2 table, brought by the hypervisor on its first walk */
#define TABLE_VA 0x80000000ull           /* what that table maps, to DEMAND_IPA */

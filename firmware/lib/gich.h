/* The virtual interface control of GICv2 (IHI 0048B, chapter 5): what a hypervisor programs for its guests. */
#pragma once

#include "gic.h"

#define GICH_HCR MMIO32(GICH_BASE)
#define GICH_VTR MMIO32(GICH_BASE + 0x04)
#define GICH_VMCR MMIO32(GICH_BASE + 0x08)
#define GICH_MISR MMIO32(GICH_BASE + 0x10)
#define GICH_EISR0 MMIO32(GICH_BASE + 0x20)
#define GICH_ELRSR0 MMIO32(GICH_BASE + 0x30)
#define GICH_APR MMIO32(GICH_BASE + 0xf0)
#define GICH_LR(n) MMIO32(GICH_BASE + 0x100 + (n) * 4)

#define GICH_HCR_EN 0x1u
#define GICH_HCR_UIE 0x2u
#define GICH_HCR_LRENPIE 0x4u
#define GICH_HCR_NPIE 0x8u
#define GICH_HCR_EOICOUNT(hcr) ((hcr) >> 27)

/* GICH_MISR bits, by the GICH_HCR bit that enables each. */
#define GICH_MISR_EOI 0x1u
#define GICH_MISR_U 0x2u
#define GICH_MISR_LRENP 0x4u
#define GICH_MISR_NP 0x8u

/* List registers; priorities are those of the CPU interface, of which the upper five bits count. */
#define LR_PENDING (1u << 28)
#define LR_ACTIVE (2u << 28)
#define LR_STATE (3u << 28)
#define LR_HW (1u << 31)
#define LR_EOI (1u << 19) /* maintenance interrupt at the guest's EOI, when HW is 0 */
#define LR(intid, priority) ((u32)(intid) | ((u32)(priority) >> 3) << 23)
#define LR_PHYSICAL(intid) (LR_HW | (u32)(intid) << 10)

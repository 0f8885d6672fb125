/* GICv3 (IHI 0069) at its place in the `virt` memory map: registers, and what most guests do with them. */
#pragma once

#include "sysreg.h"
#include "types.h"

#define GICD3_BASE 0x08000000ull
#define GICD3_CTLR MMIO32(GICD3_BASE)
#define GICD3_TYPER MMIO32(GICD3_BASE + 0x004)
#define GICD3_PIDR2 MMIO32(GICD3_BASE + 0xffe8)
#define GICD3_IROUTER(id) (*(volatile u64 *)(GICD3_BASE + 0x6000 + (id) * 8))
#define GICD3_CTLR_GROUPS 3u
#define GICD3_CTLR_ARE_DS 0x50u

/* The redistributor of a CPU. */
#define GICR_BASE(cpu) (0x080a0000ull + (u64)(cpu) * 0x20000)
#define GICR_TYPER(cpu) (*(volatile u64 *)(GICR_BASE(cpu) + 0x008))
#define GICR_WAKER(cpu) MMIO32(GICR_BASE(cpu) + 0x014)
#define GICR_PIDR2(cpu) MMIO32(GICR_BASE(cpu) + 0xffe8)
#define GICR_TYPER_LAST BIT(4)
#define GICR_WAKER_SLEEP BIT(1)
#define GICR_WAKER_ASLEEP BIT(2)

/* Registers of an interrupt: SPIs in the distributor, SGIs and PPIs in the redistributor of this CPU (SGI_base). */
#define GIC3_FRAME(id) ((id) < 32 ? GICR_BASE(gicv3_cpu()) + 0x10000 : GICD3_BASE)
#define GIC3_IGROUPR(id) MMIO32(GIC3_FRAME(id) + 0x080 + (id) / 32 * 4)
#define GIC3_ISENABLER(id) MMIO32(GIC3_FRAME(id) + 0x100 + (id) / 32 * 4)
#define GIC3_ICENABLER(id) MMIO32(GIC3_FRAME(id) + 0x180 + (id) / 32 * 4)
#define GIC3_ISPENDR(id) MMIO32(GIC3_FRAME(id) + 0x200 + (id) / 32 * 4)
#define GIC3_ICPENDR(id) MMIO32(GIC3_FRAME(id) + 0x280 + (id) / 32 * 4)
#define GIC3_ISACTIVER(id) MMIO32(GIC3_FRAME(id) + 0x300 + (id) / 32 * 4)
#define GIC3_ICACTIVER(id) MMIO32(GIC3_FRAME(id) + 0x380 + (id) / 32 * 4)
#define GIC3_IPRIORITYR(id) (*(volatile u8 *)(GIC3_FRAME(id) + 0x400 + (id)))
#define GIC3_ICFGR(id) MMIO32(GIC3_FRAME(id) + 0xc00 + (id) / 16 * 4)

#define ICC_CTLR_CBPR 1ull
#define ICC_CTLR_EOIMODE 2ull
#define ICC_IDLE 0xffull
#define ICC_SPURIOUS 1023u

/* ICC_SGI1R_EL1: to the CPUs of 0.0.0.x in a list, or to all others. */
#define SGI1R(intid, targets) ((u64)(intid) << 24 | (u64)(targets))
#define SGI1R_OTHERS(intid) (BIT(40) | (u64)(intid) << 24)

/* MPIDR_EL1.Aff0 of this CPU. */
static inline u32 gicv3_cpu(void) { return (u32)READ_SYSREG(mpidr_el1) & 0xff; }

/* Turn the distributor on, with every shared interrupt disabled and in Group 1. */
void gicv3_distributor_on(void);

/* Wake the redistributor of this CPU, its interrupts disabled and in Group 1; turn its CPU interface on, EOImode 0. */
void gicv3_cpu_on(void);

void gicv3_enable(u32 intid, u8 priority);
void gicv3_disable(u32 intid);
bool gicv3_pending(u32 intid);
bool gicv3_active(u32 intid);

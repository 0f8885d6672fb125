/* GICv2 (IHI 0048B) at its place in the `virt` memory map: registers, and what most guests do with them. */
#pragma once

#include "sysreg.h"
#include "types.h"

#define GICD_BASE 0x08000000ull
#define GICC_BASE 0x08010000ull
#define GICH_BASE 0x08030000ull
#define GICV_BASE 0x08040000ull
#define GIC_SIZE 0x50000ull /* from GICD_BASE to the end of GICV */

#define GICD_CTLR MMIO32(GICD_BASE)
#define GICD_TYPER MMIO32(GICD_BASE + 0x004)
/* One bit an interrupt: these name the word of `id`. */
#define GICD_ISENABLER(id) MMIO32(GICD_BASE + 0x100 + (id) / 32 * 4)
#define GICD_ICENABLER(id) MMIO32(GICD_BASE + 0x180 + (id) / 32 * 4)
#define GICD_ISPENDR(id) MMIO32(GICD_BASE + 0x200 + (id) / 32 * 4)
#define GICD_ICPENDR(id) MMIO32(GICD_BASE + 0x280 + (id) / 32 * 4)
#define GICD_ISACTIVER(id) MMIO32(GICD_BASE + 0x300 + (id) / 32 * 4)
#define GICD_ICACTIVER(id) MMIO32(GICD_BASE + 0x380 + (id) / 32 * 4)
/* One byte an interrupt. */
#define GICD_IPRIORITYR(id) (*(volatile u8 *)(GICD_BASE + 0x400 + (id)))
#define GICD_ITARGETSR(id) (*(volatile u8 *)(GICD_BASE + 0x800 + (id)))
#define GICD_ICFGR(id) MMIO32(GICD_BASE + 0xc00 + (id) / 16 * 4)
#define GICD_SGIR MMIO32(GICD_BASE + 0xf00)
#define GICD_CPENDSGIR(id) (*(volatile u8 *)(GICD_BASE + 0xf10 + (id)))
#define GICD_SPENDSGIR(id) (*(volatile u8 *)(GICD_BASE + 0xf20 + (id)))
#define SGIR_TO_OTHERS (1u << 24)
#define SGIR_TO_SELF (2u << 24)
#define SGIR_TO(cpu) (1u << (16 + (cpu)))

/* The CPU interface; a guest hypervisor may map GICV over it for its own guests. */
#define GICC_CTLR MMIO32(GICC_BASE)
#define GICC_PMR MMIO32(GICC_BASE + 0x04)
#define GICC_BPR MMIO32(GICC_BASE + 0x08)
#define GICC_IAR MMIO32(GICC_BASE + 0x0c)
#define GICC_EOIR MMIO32(GICC_BASE + 0x10)
#define GICC_RPR MMIO32(GICC_BASE + 0x14)
#define GICC_HPPIR MMIO32(GICC_BASE + 0x18)
#define GICC_DIR MMIO32(GICC_BASE + 0x1000)
#define CTLR_ENABLE_GROUP0 1u
#define CTLR_EOIMODE 0x200u
#define PRIORITY_IDLE 0xffu
#define INTID_SPURIOUS 1023u

/* Private interrupts of the `virt` board. */
#define INTID_MAINTENANCE 25u
#define INTID_HYP_TIMER 26u
#define INTID_VIRTUAL_TIMER 27u
#define INTID_HYP_VIRTUAL_TIMER 28u
#define INTID_PHYSICAL_TIMER 30u

/* Turn the distributor on, with every shared interrupt disabled. */
void gic_distributor_on(void);

/* Turn the CPU interface of this CPU on, all priorities let through, and disable its private interrupts but SGIs. */
void gic_cpu_on(void);

void gic_enable(u32 intid, u8 priority);
void gic_disable(u32 intid);
bool gic_pending(u32 intid);
bool gic_active(u32 intid);

/* System registers, barriers and the bit names of them that the guests use (DDI 0487, chapter D19). */
#pragma once

#include "types.h"

#define READ_SYSREG(name)                                   \
  ({                                                        \
    u64 value_;                                             \
    __asm__ volatile("mrs %0, " #name : "=r"(value_));      \
    value_;                                                 \
  })
#define WRITE_SYSREG(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((u64)(value)) : "memory")

/* SYS operations: `SYS_OP("tlbi vmalle1")`, `SYS_OP_X("tlbi vae1", x)`. */
#define SYS_OP(text) __asm__ volatile(text ::: "memory")
#define SYS_OP_X(text, value) __asm__ volatile(text ", %0" ::"r"((u64)(value)) : "memory")

static inline void isb(void) { __asm__ volatile("isb" ::: "memory"); }
static inline void dsb(void) { __asm__ volatile("dsb sy" ::: "memory"); }

/* PSTATE.I off and on. */
static inline void irq_unmask(void) { __asm__ volatile("msr DAIFClr, #2" ::: "memory"); }
static inline void irq_mask(void) { __asm__ volatile("msr DAIFSet, #2" ::: "memory"); }

/* Take what is pending, with PSTATE.I on again afterwards. */
static inline void irq_take_pending(void) {
  irq_unmask();
  isb();
  irq_mask();
}

static inline u32 current_el(void) { return (u32)(READ_SYSREG(CurrentEL) >> 2) & 3; }

/* A device register. */
#define MMIO32(address) (*(volatile u32 *)(u64)(address))

/* Field of an identification register: `low` is its lowest bit, all are 4 bits wide. */
#define ID_FIELD(name, low) ((u32)(READ_SYSREG(name) >> (low)) & 0xf)

/* Write a register that the instructions after it depend on. */
#define WRITE_SYSREG_SYNC(name, value) \
  do {                                 \
    WRITE_SYSREG(name, value);         \
    isb();                             \
  } while (0)

#define BIT(n) (1ull << (n))

/* SCTLR_ELx. The RES1 values are those of Armv8.0. */
#define SCTLR_EL1_RES1 0x30d00800ull
#define SCTLR_EL2_RES1 0x30c50830ull
#define SCTLR_M BIT(0)
#define SCTLR_A BIT(1)
#define SCTLR_C BIT(2)
#define SCTLR_SA BIT(3)
#define SCTLR_SA0 BIT(4)
#define SCTLR_UMA BIT(9)
#define SCTLR_I BIT(12)
#define SCTLR_DZE BIT(14)
#define SCTLR_UCT BIT(15)
#define SCTLR_NTWI BIT(16)
#define SCTLR_NTWE BIT(18)
#define SCTLR_WXN BIT(19)
#define SCTLR_SPAN BIT(23)
#define SCTLR_E0E BIT(24)
#define SCTLR_EE BIT(25)
#define SCTLR_UCI BIT(26)

/* HCR_EL2. */
#define HCR_VM BIT(0)
#define HCR_FMO BIT(3)
#define HCR_IMO BIT(4)
#define HCR_AMO BIT(5)
#define HCR_VF BIT(6)
#define HCR_VI BIT(7)
#define HCR_VSE BIT(8)
#define HCR_TWI BIT(13)
#define HCR_TWE BIT(14)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TACR BIT(21)
#define HCR_TTLB BIT(25)
#define HCR_TVM BIT(26)
#define HCR_TGE BIT(27)
#define HCR_TDZ BIT(28)
#define HCR_HCD BIT(29)
#define HCR_TRVM BIT(30)
#define HCR_RW BIT(31)
#define HCR_E2H BIT(34)

/* SPSR_ELx and PSTATE. */
#define PSR_EL0T 0x0ull
#define PSR_EL1T 0x4ull
#define PSR_EL1H 0x5ull
#define PSR_EL2T 0x8ull
#define PSR_EL2H 0x9ull
#define PSR_DAIF 0x3c0ull
#define PSR_IL BIT(20)

/* ESR_ELx: exception class and the IL bit, which is 1 for every class but 16-bit trapped instructions. */
#define ESR(ec, iss) (((u64)(ec) << 26) | BIT(25) | (u64)(iss))
#define ESR_EC(esr) ((u32)((esr) >> 26) & 0x3f)
#define EC_UNKNOWN 0x00
#define EC_WFX 0x01
#define EC_FP_ACCESS 0x07
#define EC_ILLEGAL_STATE 0x0e
#define EC_SVC 0x15
#define EC_HVC 0x16
#define EC_SMC 0x17
#define EC_SYSREG 0x18
#define EC_IABT_LOWER 0x20
#define EC_IABT_SAME 0x21
#define EC_PC_ALIGNMENT 0x22
#define EC_DABT_LOWER 0x24
#define EC_DABT_SAME 0x25
#define EC_SP_ALIGNMENT 0x26
#define EC_BRK 0x3c

/* ISS of EC 0x01 on an unconditional A64 instruction: CV = 1, COND = 0b1110. */
#define ISS_WFI 0x1e00000u
#define ISS_WFE 0x1e00001u
/* ISS of EC 0x18. */
#define ISS_SYSREG(op0, op1, CRn, CRm, op2, Rt, read) \
  (((op0) << 20) | ((op2) << 17) | ((op1) << 14) | ((CRn) << 10) | ((Rt) << 5) | ((CRm) << 1) | (read))

/* ISS of aborts. */
#define ISS_WNR 0x40u
#define ISS_S1PTW 0x80u
#define ISS_CM 0x100u
#define ISS_ISV BIT(24)
#define FSC_ADDRESS_SIZE(level) (0x00u + (level))
#define FSC_TRANSLATION(level) (0x04u + (level))
#define FSC_ACCESS_FLAG(level) (0x08u + (level))
#define FSC_PERMISSION(level) (0x0cu + (level))
#define FSC_ALIGNMENT 0x21u

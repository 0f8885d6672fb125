/* debug: its parts, the instructions that they watch, and the bits of the debug registers. */
#pragma once

#include "check.h"
#include "probe.h"
#include "sysreg.h"
#include "trap.h"

/* MDSCR_EL1 and MDCR_EL2. */
#define MDSCR_SS BIT(0)
#define MDSCR_KDE BIT(13)
#define MDSCR_MDE BIT(15)
#define MDCR_TDE BIT(8)

/* DBGBCR<n>_EL1 and DBGWCR<n>_EL1. */
#define CR_E BIT(0)
#define CR_PXC(levels) ((u64)(levels) << 1)
#define AT_EL1 1
#define AT_EL0 2
#define CR_HMC BIT(13)
#define CR_SSC(ssc) ((u64)(ssc) << 14)
#define CR_LBN(n) ((u64)(n) << 16)
#define BCR_BAS (15ull << 5)
#define BCR_BT(type) ((u64)(type) << 20)
#define BT_LINKED_ADDRESS 1
#define BT_CONTEXT 2
#define BT_LINKED_CONTEXT 3
#define BT_LINKED_VMID 9
#define WCR_LOADS (1ull << 3)
#define WCR_STORES (2ull << 3)
#define WCR_BAS(bytes) ((u64)(bytes) << 5)
#define WCR_WT BIT(20)
#define WCR_MASK(bits) ((u64)(bits) << 24)

#define PSR_D BIT(9)
#define PSR_SS BIT(21)
#define EC_BREAKPOINT_LOWER 0x30
#define EC_BREAKPOINT_SAME 0x31
#define EC_STEP_LOWER 0x32
#define EC_STEP_SAME 0x33
#define EC_WATCHPOINT_LOWER 0x34
#define EC_WATCHPOINT_SAME 0x35
#define FSC_DEBUG 0x22u
#define ISS_STEP_ISV BIT(24)
#define ISS_STEP_EX BIT(6)

/* VA of the one instruction of a probe (probe.inc). */
#define PROBED(name) ((u64)(name) + 16)

/* Probes (code.S). */
probe one_nop, load_byte, load_word, store_word, store_pair, load_pair, load_unprivileged, zero_block, one_brk;

/* Code that is stepped, and where. */
u64 step_plain(u64 x), step_svc(u64 x), step_exclusive(u64 x), step_undefined(u64 x), step_same(u64 x);
extern const char step_same_first[];

/* PSTATE.D off and on. */
static inline void debug_unmask(void) { __asm__ volatile("msr DAIFClr, #8\n isb" ::: "memory"); }
static inline void debug_mask(void) { __asm__ volatile("msr DAIFSet, #8" ::: "memory"); }

/* Write MDSCR_EL1; all other debug registers of the tests are 0 in between. */
static inline void debug_on(u64 mdscr) { WRITE_SYSREG_SYNC(mdscr_el1, mdscr); }

/* Run a probe at the current level with debug exceptions unmasked. */
u64 probe_run_unmasked(probe *run, u64 argument);

/* Check that the last probe trapped once, at its own instruction, with this ESR. */
void check_hit(const char *name, u64 esr);
void check_miss(const char *name);

/* What other machines are known to do. */
#define IGNORES_OS_LOCK "this machine ignores the OS lock"
#define STEPS_ONCE_MORE "this machine steps the instruction after the one that masks"

/* At EL1. */
void test_registers(void);
void test_breakpoints(void);
void test_watchpoints(void);
void test_step(void);
/* At EL2. */
void test_el2(void);

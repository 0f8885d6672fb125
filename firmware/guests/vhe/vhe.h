/* vhe: the registers of FEAT_VHE, its settings of HCR_EL2, and the parts of the guest. */
#pragma once

#include "mmu.h"
#include "probe.h"
#include "sysreg.h"

/* Names that assemblers know from Armv8.1 on. */
#define SCTLR_EL12 s3_5_c1_c0_0
#define CPACR_EL12 s3_5_c1_c0_2
#define TTBR0_EL12 s3_5_c2_c0_0
#define TTBR1_EL12 s3_5_c2_c0_1
#define TCR_EL12 s3_5_c2_c0_2
#define SPSR_EL12 s3_5_c4_c0_0
#define ELR_EL12 s3_5_c4_c0_1
#define ESR_EL12 s3_5_c5_c2_0
#define FAR_EL12 s3_5_c6_c0_0
#define MAIR_EL12 s3_5_c10_c2_0
#define VBAR_EL12 s3_5_c12_c0_0
#define CONTEXTIDR_EL12 s3_5_c13_c0_1
#define CNTKCTL_EL12 s3_5_c14_c1_0
#define CNTP_CTL_EL02 s3_5_c14_c2_1
#define CNTP_CVAL_EL02 s3_5_c14_c2_2
#define CNTV_CTL_EL02 s3_5_c14_c3_1
#define CNTV_CVAL_EL02 s3_5_c14_c3_2
#define TTBR1_EL2 s3_4_c2_c0_1
#define CONTEXTIDR_EL2 s3_4_c13_c0_1
#define CNTHV_CTL_EL2 s3_4_c14_c3_1
#define CNTHV_CVAL_EL2 s3_4_c14_c3_2

/* READ_SYSREG and WRITE_SYSREG take names as they are written; these take the names above. */
#define READ_ALIAS(alias) READ_SYSREG(alias)
#define WRITE_ALIAS(alias, value) WRITE_SYSREG(alias, value)

/* HCR_EL2: without the host, with its registers alone, and with EL0 too. */
#define NO_HOST HCR_RW
#define HOST_KERNEL (HCR_RW | HCR_E2H)
#define HOST (HCR_RW | HCR_E2H | HCR_TGE)

/* CPTR_EL2 without and with E2H: no traps. */
#define CPTR_NO_TRAPS 0x33ffull
#define CPTR_E2H_NO_TRAPS (3ull << 20)
/* CNTHCTL_EL2 with E2H. */
#define CNTHCTL_EL0PCTEN BIT(0)
#define CNTHCTL_EL0VCTEN BIT(1)
#define CNTHCTL_EL1PCTEN BIT(10)
#define CNTHCTL_EL1PTEN BIT(11)

#define EL0 (PSR_DAIF | PSR_EL0T)
#define EL1 (PSR_DAIF | PSR_EL1H)

/* The address space of the host: the image, a page of each ASID, and in the upper range one of every ASID. */
#define ASIDS 2u
#define ASID_PAGE 0x80000000ull     /* EL0's too, not global */
#define KERNEL_PAGE 0x80001000ull   /* EL2's alone */
#define UPPER_PAGE 0xffffff8000001000ull
#define VALUE(asid) (0xa51d0000ull + (asid))
#define UPPER_VALUE 0x0b5e7ed0ull

/* Set HCR_EL2, and CPTR_EL2 and CNTHCTL_EL2 in the layout that goes with it, trapping nothing. */
void set_host(u64 hcr);

/* Make the address spaces, and turn stage 1 of EL2&0 on in that of ASID 1. */
void host_mmu_on(void);
void host_mmu_off(void);
void host_set_asid(u64 asid);
/* The page descriptor of `va` in the space of ASID 1. */
u64 *host_entry(u64 va);

void test_absent(void);
void test_names(void);
void test_ranges(void);
void test_tlbi(void);
void test_el0(void);
void test_guest(void);
void test_timer(void);

probe read_sctlr_el12, read_cntv_cval_el02, read_ttbr1_el2, read_contextidr_el2, read_cnthv_ctl_el2;
probe read_ctr_el0, read_cntvct_el0, read_cntpct_el0, read_daif, wait_for_interrupt, move_float, call_svc;
probe read_unprivileged, translate_pan;

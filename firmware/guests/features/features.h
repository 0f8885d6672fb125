/* features: its parts. Each feature works where its identification field says so, and is UNDEFINED elsewhere. */
#pragma once

#include "mmu.h"
#include "probe.h"
#include "types.h"

#define WORD 0x42000000ull     /* memory for the instructions; mapped for EL1 */
#define EL0_WORD 0x42001000ull /* mapped for EL0 too */

/* Instructions (instructions.S). */
probe try_ldadd, try_swp, try_cas, try_casp;
probe try_pan_immediate, try_pan_read, read_under_pan, read_unprivileged_under_pan;
probe try_uao_immediate, try_uao_read, read_unprivileged_under_uao, read_unprivileged;
probe try_ssbs_immediate, try_ssbs_read, ssbs_on;
probe try_ldapr, try_ldapur, try_cvap, try_cvadp, try_sb;
probe try_cfinv, try_rmif, try_setf8, try_setf16, try_axflag, try_xaflag;

/* At EL1 with the MMU on: what each instruction computes; what PAN, UAO and SSBS do. */
void test_instructions(void);
void test_access_control(void);

/* At EL1: hardware access flag and dirty state. Turns the MMU on and off. */
void test_hardware_flags(const struct page_table *table);

/* At EL2: 16-bit VMIDs. */
void test_vmid16(void);

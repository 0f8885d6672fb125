/* gicv3: the groups of checks. */
#pragma once

/* Physical interrupts at EL1: registers, SGIs, PPIs, SPIs, priorities, groups, EOImode; between CPUs where there are two. */
void test_registers(void);
void test_sgis(void);
void test_priorities(void);
void test_groups(void);
void test_eoi_mode(void);
void test_shared(void);
void test_cpus(void);

/* At EL2: what a hypervisor does with list registers, and the traps of the CPU interface's registers. */
void test_virtual(void);
void test_traps(void);

/* The groups of checks; each makes VMs of its own. */
#pragma once

void check_memory(void);
void check_dirty_log(void);
void check_exits(void);
void check_interrupts(void);
void check_cpus(void);

/* timer: its parts. Each runs with interrupts masked and leaves timers off and nothing pending or active. */
#pragma once

#include "types.h"

/* Counters, conditions and delivery of the EL1 timers; runs at EL1. */
void test_counters(void);
void test_virtual_timer(void);
void test_physical_timer(void);

/* The GIC's rules, with timers, SGIs and a shared interrupt as sources; runs at EL1 or EL2. */
void test_acknowledge(void);
void test_priorities(void);
void test_eoi_modes(void);
void test_sgi(void);
void test_shared(void);

/* What EL2 adds: CNTVOFF_EL2, CNTHP, traps of CNTHCTL_EL2. */
void test_hyp(void);

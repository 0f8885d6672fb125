/* The functions of the guest (guest.S): what each does with X0 to X3, and its result. */
#pragma once
#include "linux.h"

extern const u8 guest_start[], guest_end[];

/* write(address, stride, count, seed): stores address + seed at `count` addresses; 0 */
extern const u8 guest_write[];
/* read(address, stride, count): the exclusive or of these doublewords */
extern const u8 guest_read[];
/* hvc(count, function): HVC with `function` in X0; the exclusive or of the results, so 0 for an even count */
extern const u8 guest_hvc[];
/* mmio(count): stores 1 to count to PORT and loads PORT after each; how many loads were not the complement */
extern const u8 guest_mmio[];
/* mmio_sizes(base): loads and stores of each size; how many loads were wrong */
extern const u8 guest_mmio_sizes[];
/* float(count): V0 to V31 over `count` exits; how often one was another */
extern const u8 guest_float[];
/* mmu(): turns stage 1 on with TABLE; 0 */
extern const u8 guest_mmu[];
/* timer(count, ticks): waits `count` times for the virtual timer by WFI; how many interrupts came */
extern const u8 guest_timer[];
/* line(count, intid): stores to PORT and waits for the interrupt, which stores to PORT too; how many came */
extern const u8 guest_line[];
/* cpus(vCPUs, rounds): starts the others, all add to COUNTER; with the others off, SYSTEM_OFF */
extern const u8 guest_cpus[];

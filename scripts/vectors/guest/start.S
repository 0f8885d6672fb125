/* Entry at EL2, the world switch into one test at EL1 or EL0 and back, and the vectors of EL2. */

#include "layout.h"

    .section .text.start, "ax"
    .global _start
_start:
    adrp x0, stack_top
    add x0, x0, :lo12:stack_top
    mov sp, x0
    adr x0, vectors
    msr vbar_el2, x0
    isb
    bl main
    b semihosting_exit

/* uint64_t semihosting(uint64_t operation, const uint64_t *parameters) */
    .global semihosting
semihosting:
    hlt #0xf000
    ret

/* uint64_t run(const struct test *x0, struct result *x1, uint64_t pc x2): 1 after an exception, 0 after a time-out.
   The result pointer stays on the stack of EL2 while the test owns every general register. */
    .global run
run:
    stp x29, x30, [sp, #-16]!
    stp x27, x28, [sp, #-16]!
    stp x25, x26, [sp, #-16]!
    stp x23, x24, [sp, #-16]!
    stp x21, x22, [sp, #-16]!
    stp x19, x20, [sp, #-16]!
    str x1, [sp, #-16]!
    msr elr_el2, x2
    ldr x3, [x0, #TEST_PSTATE]
    msr spsr_el2, x3
    ldp x3, x4, [x0, #REG_SP_EL0]
    msr sp_el0, x3
    msr sp_el1, x4
    ldp x3, x4, [x0, #REG_TPIDR_EL0]
    msr tpidr_el0, x3
    msr tpidrro_el0, x4
    ldr x3, [x0, #REG_TPIDR_EL1]
    msr tpidr_el1, x3
    ldp x3, x4, [x0, #TEST_ELR_EL1]
    msr elr_el1, x3
    msr spsr_el1, x4
    msr esr_el1, xzr
    msr far_el1, xzr
    mov x3, #TIMEOUT_TICKS
    msr cnthp_tval_el2, x3
    mov x3, #1
    msr cnthp_ctl_el2, x3
    isb
    ldr x30, [x0, #30 * 8]
    ldp x28, x29, [x0, #28 * 8]
    ldp x26, x27, [x0, #26 * 8]
    ldp x24, x25, [x0, #24 * 8]
    ldp x22, x23, [x0, #22 * 8]
    ldp x20, x21, [x0, #20 * 8]
    ldp x18, x19, [x0, #18 * 8]
    ldp x16, x17, [x0, #16 * 8]
    ldp x14, x15, [x0, #14 * 8]
    ldp x12, x13, [x0, #12 * 8]
    ldp x10, x11, [x0, #10 * 8]
    ldp x8, x9, [x0, #8 * 8]
    ldp x6, x7, [x0, #6 * 8]
    ldp x4, x5, [x0, #4 * 8]
    ldp x2, x3, [x0, #2 * 8]
    ldp x0, x1, [x0]
    eret

back:
    ldr x0, [sp, #16]
    stp x2, x3, [x0, #2 * 8]
    stp x4, x5, [x0, #4 * 8]
    stp x6, x7, [x0, #6 * 8]
    stp x8, x9, [x0, #8 * 8]
    stp x10, x11, [x0, #10 * 8]
    stp x12, x13, [x0, #12 * 8]
    stp x14, x15, [x0, #14 * 8]
    stp x16, x17, [x0, #16 * 8]
    stp x18, x19, [x0, #18 * 8]
    stp x20, x21, [x0, #20 * 8]
    stp x22, x23, [x0, #22 * 8]
    stp x24, x25, [x0, #24 * 8]
    stp x26, x27, [x0, #26 * 8]
    stp x28, x29, [x0, #28 * 8]
    str x30, [x0, #30 * 8]
    ldp x2, x3, [sp], #32
    stp x2, x3, [x0]
    mov x2, xzr
    msr cnthp_ctl_el2, x2
    isb
    mrs x2, sp_el0
    mrs x3, sp_el1
    stp x2, x3, [x0, #REG_SP_EL0]
    mrs x2, tpidr_el0
    mrs x3, tpidrro_el0
    stp x2, x3, [x0, #REG_TPIDR_EL0]
    mrs x2, tpidr_el1
    str x2, [x0, #REG_TPIDR_EL1]
    ldp x19, x20, [sp], #16
    ldp x21, x22, [sp], #16
    ldp x23, x24, [sp], #16
    ldp x25, x26, [sp], #16
    ldp x27, x28, [sp], #16
    ldp x29, x30, [sp], #16
    mov x0, x1
    ret

/* An exception of the runner itself: exit code 70. */
bug:
    mov x0, #70
    b semihosting_exit

    .balign 0x800
vectors:
    .rept 8
    .balign 0x80
    b bug
    .endr
    .balign 0x80
    stp x0, x1, [sp, #-16]!
    mov x1, #1
    b back
    .balign 0x80
    stp x0, x1, [sp, #-16]!
    mov x1, #0
    b back
    .rept 6
    .balign 0x80
    b bug
    .endr
    .balign 0x80

/* Runs the operations of operations.inc: records on standard input, outcomes on standard output. A Linux program. */

        .set    SYS_read, 63
        .set    SYS_write, 64
        .set    SYS_exit, 93
        .set    CAPACITY, 0x800000

        .text
        .global _start
_start:
        adrp    x19, records
        add     x19, x19, :lo12:records
        mov     x20, x19
1:      mov     x0, #0
        mov     x1, x20
        mov     x2, #CAPACITY
        mov     x8, #SYS_read
        svc     #0
        cmp     x0, #0
        b.lt    fail
        add     x20, x20, x0
        b.ne    1b

        adrp    x21, outcomes
        add     x21, x21, :lo12:outcomes
        mov     x22, x21
2:      cmp     x19, x20
        b.eq    write
        /* A record: operation, FPCR, three operands. */
        ldp     w9, w10, [x19], #8
        ldr     x0, [x19]
        ldp     d0, d1, [x19], #16
        ldr     d2, [x19], #8
        msr     fpcr, x10
        msr     fpsr, xzr
        adr     x11, table
        ldr     w12, [x11, x9, lsl #2]
        add     x11, x11, w12, sxtw
        blr     x11
        mrs     x9, fpsr
        /* An outcome: d0, x0, FPSR. */
        str     d0, [x22], #8
        stp     x0, x9, [x22], #16
        b       2b

write:  mov     x0, #1
        mov     x1, x21
        sub     x2, x22, x21
        mov     x8, #SYS_write
        svc     #0
        cmp     x0, #0
        b.le    fail
        add     x21, x21, x0
        cmp     x21, x22
        b.ne    write
        mov     x0, #0
        b       exit
fail:   mov     x0, #1
exit:   mov     x8, #SYS_exit
        svc     #0

/* A table of 32-bit offsets from itself, then the routines. */
        .balign 4
#include "operations.inc"

        .bss
        .balign 16
records:        .space CAPACITY
outcomes:       .space CAPACITY

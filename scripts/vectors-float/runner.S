/* Runs one instruction a state: states on standard input, the states after it on standard output. A Linux program. */

        .set    SYS_read, 63
        .set    SYS_write, 64
        .set    SYS_exit, 93
        .set    SYS_mmap, 222
        .set    CAPACITY, 0x1000000
        .set    STATE, 112

        .text
        .global _start
_start:
        /* A page for the instruction, readable, writable and executable; private and anonymous. */
        mov     x0, #0
        mov     x1, #0x1000
        mov     x2, #7
        mov     x3, #0x22
        mov     x4, #-1
        mov     x5, #0
        mov     x8, #SYS_mmap
        svc     #0
        mov     x23, x0
        ldr     w9, return
        str     w9, [x23, #4]

        adrp    x19, states
        add     x19, x19, :lo12:states
        mov     x21, x19
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

2:      cmp     x19, x20
        b.eq    write
        ldp     w9, w10, [x19]
        ldr     w11, [x23]
        cmp     w9, w11
        b.eq    3f
        str     w9, [x23]
        dc      cvau, x23
        dsb     ish
        ic      ivau, x23
        dsb     ish
        isb
3:      msr     nzcv, x10
        ldp     w9, w10, [x19, #8]
        msr     fpcr, x9
        msr     fpsr, x10
        ldp     x0, x1, [x19, #16]
        ldp     x2, x3, [x19, #32]
        ldp     q0, q1, [x19, #48]
        ldp     q2, q3, [x19, #80]
        blr     x23
        mrs     x9, nzcv
        str     w9, [x19, #4]
        mrs     x9, fpcr
        mrs     x10, fpsr
        stp     w9, w10, [x19, #8]
        stp     x0, x1, [x19, #16]
        stp     x2, x3, [x19, #32]
        stp     q0, q1, [x19, #48]
        stp     q2, q3, [x19, #80]
        add     x19, x19, #STATE
        b       2b

write:  mov     x0, #1
        mov     x1, x21
        sub     x2, x20, x21
        mov     x8, #SYS_write
        svc     #0
        cmp     x0, #0
        b.le    fail
        add     x21, x21, x0
        cmp     x21, x20
        b.ne    write
        mov     x0, #0
        b       exit
fail:   mov     x0, #1
exit:   mov     x8, #SYS_exit
        svc     #0
return: ret

        .bss
        .balign 16
/* QEMU wants all of the room that a read is told of to be mapped. */
states: .space 2 * CAPACITY

/* The guest: functions at EL1, MMU off unless they turn it on, position-independent. vm.h has the map. */

        .set    GICD, 0x08000000
        .set    GICC, 0x08010000
        .set    GICR, 0x080a0000
        .set    GIC_BIT, 24             // ID_AA64PFR0_EL1.GIC: the VM has a GICv3
        .set    DEVICE, 0x09000000
        .set    TABLE, 0x80100000
        .set    COUNTER, 0x80110000
        .set    TIMER_INTID, 27
        .set    SPURIOUS, 1023

        .set    CPU_ON, 0xc4000003
        .set    CPU_OFF, 0x84000002
        .set    AFFINITY_INFO, 0xc4000004
        .set    SYSTEM_OFF, 0x84000008

        .macro  word rd, value
        movz    \rd, #((\value) & 0xffff)
        movk    \rd, #((\value) >> 16), lsl #16
        .endm

        .macro  function name
        .globl  \name
\name:
        .endm

        .macro  end result
        word    x28, DEVICE
        str     \result, [x28]
        brk     #0
        .endm

        .section .rodata.guest, "a"
        .balign 4096
        .globl  guest_start
guest_start:

function guest_write
1:      add     x4, x0, x3
        str     x4, [x0]
        add     x0, x0, x1
        subs    x2, x2, #1
        b.ne    1b
        end     xzr

function guest_read
        mov     x5, #0
1:      ldr     x4, [x0]
        eor     x5, x5, x4
        add     x0, x0, x1
        subs    x2, x2, #1
        b.ne    1b
        end     x5

function guest_hvc
        mov     x20, x0
        mov     x21, x1
        mov     x22, #0
1:      mov     x0, x21
        hvc     #0
        eor     x22, x22, x0
        subs    x20, x20, #1
        b.ne    1b
        end     x22

function guest_mmio
        word    x9, DEVICE
        mov     x2, #0
        mov     x1, #1
1:      str     x1, [x9, #8]
        ldr     x3, [x9, #8]
        mvn     x4, x1
        cmp     x3, x4
        cinc    x2, x2, ne
        add     x1, x1, #1
        cmp     x1, x0
        b.ls    1b
        end     x2

        .macro  expect value, low, high
        ldr     x4, =((\high) << 32 | (\low))
        cmp     \value, x4
        cinc    x2, x2, ne
        .endm

/* The device answers the load at offset N with the bytes 0x80 + N, 0x81 + N, … */
function guest_mmio_sizes
        mov     x2, #0
        ldrb    w1, [x0, #1]
        expect  x1, 0x81, 0
        ldrh    w1, [x0, #4]
        expect  x1, 0x8584, 0
        ldr     w1, [x0, #8]
        expect  x1, 0x8b8a8988, 0
        ldr     x1, [x0, #16]
        expect  x1, 0x93929190, 0x97969594
        strb    w1, [x0, #32]
        strh    w1, [x0, #34]
        str     w1, [x0, #36]
        str     x1, [x0, #40]
        end     x2

        .macro  each_v macro
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        \macro  \n
        .endr
        .irp    n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        \macro  \n
        .endr
        .endm
        .macro  set_v n
        add     x3, x1, #\n
        dup     v\n\().2d, x3
        .endm
        .macro  compare_v n
        add     x3, x1, #\n
        umov    x4, v\n\().d[0]
        umov    x5, v\n\().d[1]
        cmp     x3, x4
        ccmp    x3, x5, #0, eq
        cinc    x2, x2, ne
        .endm

function guest_float
        mov     x1, #(3 << 20)          // CPACR_EL1.FPEN: no trap
        msr     cpacr_el1, x1
        isb
        word    x9, DEVICE
        mov     x2, #0
1:      lsl     x1, x0, #8
        each_v  set_v
        str     x0, [x9, #8]
        each_v  compare_v
        subs    x0, x0, #1
        b.ne    1b
        end     x2

/* Identity map of 4 GiB from the four entries of TABLE, caches on. Clobbers X9. */
mmu_on:
        word    x9, TABLE
        msr     ttbr0_el1, x9
        mov     x9, #0xff00             // MAIR: Attr0 Device-nGnRnE, Attr1 Normal write-back
        msr     mair_el1, x9
        word    x9, 0x803520            // TCR: T0SZ 32, inner shareable, write-back, 4K, EPD1
        movk    x9, #1, lsl #32         // IPS: 36 bits
        msr     tcr_el1, x9
        tlbi    vmalle1
        dsb     nsh
        isb
        mrs     x9, sctlr_el1
        orr     x9, x9, #1              // M
        orr     x9, x9, #4              // C
        orr     x9, x9, #0x1000         // I
        msr     sctlr_el1, x9
        isb
        ret

function guest_mmu
        bl      mmu_on
        end     xzr

/* Vectors and the GIC on, all priorities. Clobbers X9, X10; X27 will count interrupts, X29 tells a GICv3. */
interrupts_on:
        adr     x9, vectors
        msr     vbar_el1, x9
        mov     x27, #0
        mrs     x9, id_aa64pfr0_el1
        ubfx    x29, x9, #GIC_BIT, #1
        cbnz    x29, gicv3_on
        mov     w9, #1
        word    x10, GICD
        str     w9, [x10]
        word    x10, GICC
        str     w9, [x10]
        mov     w9, #0xff
        str     w9, [x10, #4]
        isb
        ret

/* The same for a GICv3: Group 1; the SGIs and the timer of this vCPU. */
gicv3_on:
        word    x10, GICD
        mov     w9, #2                  // GICD_CTLR.EnableGrp1
        str     w9, [x10]
        word    x10, GICR
        mrs     x9, mpidr_el1
        and     x9, x9, #0xff
        add     x10, x10, x9, lsl #17
        add     x10, x10, #0x10, lsl #12 // SGI_base
        mov     w9, #-1
        str     w9, [x10, #0x80]        // GICR_IGROUPR0
        word    x9, ((1 << TIMER_INTID) | 0xffff)
        str     w9, [x10, #0x100]       // GICR_ISENABLER0
        mov     x9, #0xff
        msr     icc_pmr_el1, x9
        mov     x9, #1
        msr     icc_igrpen1_el1, x9
        isb
        ret

function guest_timer
        bl      interrupts_on
        word    x10, GICD
        mov     w9, #(1 << TIMER_INTID)
        str     w9, [x10, #0x100]       // GICD_ISENABLER0
1:      msr     cntv_tval_el0, x1
        mov     x9, #1
        msr     cntv_ctl_el0, x9
        isb
        wfi
        msr     daifclr, #2
        isb
        msr     daifset, #2
        cmp     x27, x0
        b.lo    1b
        end     x27

function guest_line
        bl      interrupts_on
        word    x10, GICD
        lsr     w2, w1, #5
        mov     w3, #1
        lsl     w3, w3, w1
        add     x4, x10, #0x100
        str     w3, [x4, x2, lsl #2]    // GICD_ISENABLER
        add     x4, x10, #0x800
        mov     w3, #1
        strb    w3, [x4, x1]            // GICD_ITARGETSR: CPU interface 0
        word    x11, DEVICE
1:      mov     x2, x27
        str     x0, [x11, #16]
        msr     daifclr, #2
2:      cmp     x27, x2
        b.eq    2b
        msr     daifset, #2
        cmp     x27, x0
        b.lo    1b
        end     x27

/* IRQ: the timer is turned off, an SPI is shown to the device, an SGI only counts. */
irq:    cbnz    x29, 3f
        word    x24, GICC
        ldr     w25, [x24, #0xc]        // GICC_IAR
        b       4f
3:      mrs     x25, icc_iar1_el1
4:      and     w26, w25, #0x3ff
        cmp     w26, #SPURIOUS
        b.eq    2f
        add     x27, x27, #1
        cmp     w26, #TIMER_INTID
        b.ne    1f
        msr     cntv_ctl_el0, xzr
        isb
1:      cmp     w26, #32
        b.lo    1f
        word    x23, DEVICE
        str     x26, [x23, #8]
1:      cbnz    x29, 5f
        str     w25, [x24, #0x10]       // GICC_EOIR
        eret
5:      msr     icc_eoir1_el1, x25
2:      eret

function guest_cpus
        mov     x20, x0
        mov     x21, x1
        bl      mmu_on
        bl      interrupts_on
        mov     x22, #1
1:      cmp     x22, x20
        b.hs    2f
        word    x0, CPU_ON
        mov     x1, x22
        adr     x2, secondary
        mov     x3, x21
        hvc     #0
        cbnz    x0, failed
        add     x22, x22, #1
        b       1b
2:      bl      add_rounds
        sub     x19, x20, #1            // each other vCPU sends one SGI before it is off
3:      cmp     x27, x19
        b.hs    4f
        wfi
        msr     daifclr, #2
        isb
        msr     daifset, #2
        b       3b
4:      mov     x22, #1
5:      cmp     x22, x20
        b.hs    7f
6:      word    x0, AFFINITY_INFO
        mov     x1, x22
        mov     x2, #0
        hvc     #0
        cmp     x0, #1                  // OFF
        b.ne    6b
        add     x22, x22, #1
        b       5b
7:      word    x0, SYSTEM_OFF
        hvc     #0
failed: end     x0

secondary:
        mov     x21, x0
        bl      mmu_on
        bl      add_rounds
        dsb     ish
        mrs     x9, id_aa64pfr0_el1
        tbnz    x9, #GIC_BIT, 1f
        word    x9, GICD
        mov     w10, #0x10000           // GICD_SGIR: SGI 0 to CPU interface 0
        str     w10, [x9, #0xf00]
        b       2f
1:      mrs     x10, mpidr_el1          // SGIs of one INTID would be one interrupt: each vCPU has its own
        and     x10, x10, #0xf
        lsl     x10, x10, #24
        orr     x10, x10, #1            // to affinity 0.0.0.0
        msr     icc_sgi1r_el1, x10
        isb
2:      word    x0, CPU_OFF
        hvc     #0
        brk     #0

add_rounds:
        word    x9, COUNTER
1:      ldaxr   x10, [x9]
        add     x10, x10, #1
        stlxr   w11, x10, [x9]
        cbnz    w11, 1b
        subs    x21, x21, #1
        b.ne    1b
        ret

        .balign 2048
vectors:
        .balign 128                     // current EL with SP_EL0: nothing here uses it
        .fill   32 * 4, 4, 0xd4200000   // BRK #0
        .balign 128
        .fill   32, 4, 0xd4200000       // current EL with SP_ELx: synchronous
        b       irq
        .ltorg
        .balign 4096
        .globl  guest_end
guest_end:

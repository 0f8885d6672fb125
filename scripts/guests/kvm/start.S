/* Entry of the program, and of the processes that share its memory. */

        .section .text.start, "ax"
        .globl _start
_start:
        mov     x29, #0
        mov     x30, #0
        bl      main
        mov     x8, #94                 // exit_group
        svc     #0

/* long spawn(u64 flags, void *stack_top, void (*body)(void *), void *argument): the child's pid; body must not return */
        .text
        .globl spawn
spawn:
        mov     x9, x2
        mov     x10, x3
        mov     x2, #0
        mov     x3, #0
        mov     x4, #0
        mov     x8, #220                // clone
        svc     #0
        cbz     x0, 1f
        ret
1:      mov     x0, x10
        blr     x9
        brk     #0

// Made with: aarch64-linux-gnu-as linked.s -o linked.o &&
//   aarch64-linux-gnu-ld -z max-page-size=16 -z noseparate-code -Ttext=0x40100000 -Tdata=0x40102000 linked.o -o linked.elf
 .globl _start, counter, unsized
 .type _start, %function
_start: adr x0, counter
 ldr w1, =0x12345678
unsized: b .
 .size _start, . - _start
 .data
 .type counter, %object
 .size counter, 8
counter: .quad 5
 .bss
 .skip 0x100

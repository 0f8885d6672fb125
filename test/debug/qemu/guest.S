// Guest of the recorded samples: aarch64-linux-gnu-as guest.S -o g.o && aarch64-linux-gnu-ld -Ttext=0x40080000 g.o -o g.elf
// qemu-system-aarch64 -net none -M virt,virtualization=on -cpu cortex-a57 -display none -monitor none -serial none \
//   -kernel g.elf -d int,in_asm,exec,cpu,nochain -D qemu.log (QEMU 7.2)

.global _start
.type _start,%function
_start:
  adr x0, vec
  msr vbar_el2, x0
  mov x1, #0x80000000
  msr hcr_el2, x1
  mov x2, #0x3c5
  msr spsr_el2, x2
  adr x3, guest
  msr elr_el2, x3
  eret
.size _start, .-_start
.type guest,%function
guest:
  hvc #7
  adr x0, vec
  msr vbar_el1, x0
  mov x4, #0x1000000000
  mov x5, #0
  svc #5
  ldr x5, [x4, #8]
  brk #3
  .word 0
  movz x6, #0x8400,lsl #16
  movk x6, #8
  mov x0,x6
  hvc #0
  b .
.size guest, .-guest
.balign 2048
.type vec,%function
vec:
.org 0x800+0x200
 mrs x9, elr_el1
 mrs x10, esr_el1
 lsr x10,x10,#26
 cmp x10,#0x15
 b.eq 1f
 add x9,x9,#4
 msr elr_el1,x9
1: eret
.org 0x800+0x400
2: mrs x8, esr_el2
 and x8,x8,#0xffff
 cbz x8, 3f
 eret
3: movz x0,#0x8400,lsl #16
 movk x0,#8
 smc #0
 b .
.org 0x1000
.size vec, .-vec

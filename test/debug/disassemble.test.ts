/** Disassembly: PC-relative targets at any address, the cache, unknown words. Expected texts are GNU objdump's. */

import { expect, it } from 'vitest';
import { createDisassembler } from '../../src/debug/disassemble.ts';

const disassemble = await createDisassembler();

it.each([
  [0x1000_0801, 0xffffff80_08080000n, 'adr      x1, #0xffffff8008080100'],
  [0xf000_0002, 0xffffff80_08080004n, 'adrp     x2, #0xffffff8008083000'],
  [0x17ff_fffe, 0xffffff80_08080008n, 'b        #0xffffff8008080000'],
  [0x9400_0010, 0xffffff80_0808000cn, 'bl       #0xffffff800808004c'],
  [0x5400_0081, 0xffffff80_08080010n, 'b.ne     #0xffffff8008080020'],
  [0x3400_00a3, 0xffffff80_08080014n, 'cbz      w3, #0xffffff8008080028'],
  [0xb747_ff04, 0xffffff80_08080018n, 'tbnz     x4, #0x28, #0xffffff800807fff8'],
  [0x5800_0405, 0xffffff80_0808001cn, 'ldr      x5, #0xffffff800808009c'],
  [0x9800_0426, 0xffffff80_08080020n, 'ldrsw    x6, #0xffffff80080800a4'],
  [0xd800_0200, 0xffffff80_08080024n, 'prfm     pldl1keep, #0xffffff8008080064'],
  [0x9140_4020, 0xffffff80_08080028n, 'add      x0, x1, #0x10, lsl #12'],
  [0xa8c2_7bfd, 0xffffff80_0808002cn, 'ldp      x29, x30, [sp], #0x20'],
])('%#x', (word, va, text) => {
  expect(disassemble(word, va)).toBe(text);
});

it('gives a cached branch its own target, also past the ends of the address space', () => {
  expect(disassemble(0x17ff_ffff, 0x4000_1000n)).toBe('b        #0x40000ffc');
  expect(disassemble(0x17ff_ffff, 0n)).toBe('b        #0xfffffffffffffffc');
  expect(disassemble(0xf000_0002, 0x4000_1ffcn)).toBe('adrp     x2, #0x40004000');
});

it('writes words that are no instruction as bytes', () => {
  expect(disassemble(0xffff_ffff, 0n)).toBe('.byte    0xff, 0xff, 0xff, 0xff');
});

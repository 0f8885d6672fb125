/** The text sink against lines that QEMU 7.2 wrote for `qemu/guest.S`. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { TraceEvent } from '../../src/arch/trace.ts';
import { PC, X } from '../../src/cpu/slots.ts';
import { createDisassembler } from '../../src/debug/disassemble.ts';
import { SymbolTable } from '../../src/debug/symbols.ts';
import { textSink } from '../../src/debug/text-sink.ts';
import { collectingWriter, fakeContext, symbols } from './fakes.ts';

const sample = (name: string) => readFileSync(new URL(`./qemu/${name}`, import.meta.url), 'utf8');

/** QEMU's capstone 4 writes some immediates and aliases otherwise, and does not know UDF. */
const sameImmediates = (text: string) =>
  text
    .replace('.byte    0x00, 0x00, 0x00, 0x00', 'udf      #0')
    .replace(
      /movz( +\w+, #)(\w+), lsl #(\d+)/g,
      (_, head, value, shift) => `mov ${head}${BigInt(value) << BigInt(shift)}`,
    )
    .replaceAll('movz ', 'mov  ')
    .replace(/#(0x[0-9a-f]+)/g, (_, value) => `#${BigInt(value)}`);

function exception(number: number, name: string, toEl: number, esr: number, elr: bigint, far?: bigint): TraceEvent {
  const [targetPc, pstate] = toEl === 2 ? [0x4008_0c00n, 0x3c9] : [0x4008_0a00n, 0x3c5];
  return {
    category: 'int',
    type: 'exception',
    number,
    name,
    fromEl: 1,
    toEl,
    esr,
    far,
    elr,
    targetPc,
    pstate,
    routing: 'EL1',
  };
}
const back = (fromEl: number, pc: bigint): TraceEvent => ({ category: 'int', type: 'return', fromEl, toEl: 1, pc });

it('writes exceptions and returns as QEMU does, and two lines more', () => {
  const { writer, text } = collectingWriter();
  const sink = textSink({ writer, context: fakeContext().context, symbols: new SymbolTable() });
  const events = [
    back(2, 0x4008_0024n),
    exception(11, 'Hypervisor Call', 2, 0x5a00_0007, 0x4008_0028n),
    back(2, 0x4008_0028n),
    exception(2, 'SVC', 1, 0x5600_0005, 0x4008_003cn),
    back(1, 0x4008_003cn),
    exception(4, 'Data Abort', 1, 0x9600_0010 | 0, 0x4008_003cn, 0x10_0000_0008n),
    back(1, 0x4008_0040n),
    exception(7, 'Breakpoint', 1, 0xf200_0003, 0x4008_0040n),
    back(1, 0x4008_0044n),
    exception(1, 'Undefined Instruction', 1, 0x0200_0000, 0x4008_0044n),
    back(1, 0x4008_0048n),
    exception(11, 'Hypervisor Call', 2, 0x5a00_0000, 0x4008_0058n),
  ];
  for (const event of events) sink(0, event);
  expect(text().replace(/^\.\.\.(syndrome|routed by) .*\n/gm, '')).toBe(sample('int.log'));
});

it('writes blocks as QEMU does', async () => {
  const { writer, text } = collectingWriter();
  const disassemble = await createDisassembler();
  const sink = textSink({ writer, context: fakeContext().context, symbols, disassemble });
  const recorded = sample('in_asm.log');
  for (const block of recorded.split('----------------\n').slice(1)) {
    const lines = [...block.matchAll(/^0x([0-9a-f]+): {2}([0-9a-f]{8})/gm)];
    const instructions = lines.map(([, va, word]) => ({ va: BigInt(`0x${va}`), word: Number.parseInt(word, 16) }));
    sink(0, { category: 'in_asm', type: 'block', instructions });
  }
  expect(sameImmediates(text())).toBe(sameImmediates(recorded));
});

it('writes registers as QEMU does', () => {
  const { writer, text } = collectingWriter();
  const { state, context } = fakeContext();
  const sink = textSink({ writer, context, symbols });
  const values = [
    0x4008_0800n,
    0x8000_0000n,
    0x3c5n,
    0x4008_0024n,
    0x10_0000_0000n,
    0n,
    0n,
    0n,
    7n,
    0x4008_003cn,
    0x25n,
  ];
  for (const [index, value] of values.entries()) state.set(X[index], value);
  state.set(PC, 0x4008_0a14n);
  state.pstate = 0x2000_03c5;
  sink(0, { category: 'cpu', type: 'registers' });
  for (const slot of X) state.set(slot, 0n);
  state.set(PC, 0x4008_0000n);
  state.pstate = 0x4000_03c9;
  sink(0, { category: 'cpu', type: 'registers' });
  expect(text()).toBe(sample('cpu.log'));
});

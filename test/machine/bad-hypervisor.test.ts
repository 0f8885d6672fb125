/**
 * Hypervisors whose tables loop, map themselves, or serve two VMs: the machine does what silicon does, and the explained walk
 * or the trace says why.
 */

import { describe, expect, it } from 'vitest';
import { va } from '../../src/arch/addresses.ts';
import { attachTrace } from '../../src/debug/attach.ts';
import { explain } from '../../src/debug/translate.ts';
import { RAM_BASE } from '../../src/machine/virt-map.ts';
import { type Assembler, ZR } from '../cpu/engine/assembler.ts';
import { DATA, ENGINES, enterEl1, Guest, off } from './guest.ts';
import { mapPage, page, STAGE2_LEAF, stage1, stage2 } from './tables.ts';
import { aborted, underStage2 } from './under-stage2.ts';

/** An IPA that each test maps as it likes. */
const PAGE = RAM_BASE + 0x1000_0000;
/** Entry of the loop in its table, and the address that goes round it, to an entry of the same table at the last level. */
const LOOP = 5;
const looped = (last: number): number => LOOP * 2 ** 30 + LOOP * 2 ** 21 + last * 2 ** 12;
const AF = 1n << 10n;
const [DATA_ABORT, DATA_ABORT_LOWER] = [0x9600_0000, 0x9200_0000];
/** ISV, 64-bit load into X3. */
const LOAD_X3 = 0x1c3_8000;

describe.each(ENGINES)('tables that loop, %s', (engine) => {
  it('stage 1: the walk ends at its last level, where the table is a page', () => {
    for (const [flag, esr] of [
      [0n, DATA_ABORT + 0x0b],
      [AF, 0],
    ] as const) {
      const guest = new Guest(engine);
      let entry = 0n;
      guest.el2((a) => {
        const root = stage1(guest, a);
        entry = BigInt(root) | 3n | flag;
        guest.setWord(root + LOOP * 8, entry);
        enterEl1(a);
      });
      const address = looped(LOOP) + LOOP * 8;
      guest.el1((a) => void off(a.mov(2, address).ldr(3, 2)), { sameSync: (a) => void aborted(a, 1) });
      guest.run();
      expect([guest.n(10), guest.x(3)]).toEqual([esr, flag === 0n ? 0n : entry]);
      const { ok, fault } = explain(guest.machine.cpu(), va(BigInt(address)), 'read', 1);
      expect([ok, fault]).toEqual(flag === 0n ? [false, 'stage 1 access flag fault, level 3'] : [true, undefined]);
    }
  });

  it('stage 2: the same, to EL2 with the IPA', () => {
    const guest = underStage2(engine, (g, root) => g.setWord(root + LOOP * 8, BigInt(root) | 3n));
    guest.el1((a) => void a.mov(2, looped(LOOP)).ldr(3, 2));
    guest.run();
    expect([guest.n(10), guest.n(12)]).toEqual([DATA_ABORT_LOWER + LOAD_X3 + 0x0b, (looped(LOOP) / 0x1000) * 16]);
    expect(explain(guest.machine.cpu(), va(BigInt(looped(LOOP))), 'read', 1).fault).toContain(
      'stage 2 access flag fault, level 3',
    );
  });
});

describe.each(ENGINES)('stage 2 over its own tables, %s', (engine) => {
  it('the guest changes its own mapping, and sees the old one until EL2 maintains the TLB', () => {
    const guest = new Guest(engine);
    const OTHER = LOOP + 1;
    guest.setWord(DATA, 100n);
    guest.setWord(DATA + 0x1000, 200n);
    guest.el2(
      (a) => {
        const root = stage2(guest, a);
        guest.setWord(root + LOOP * 8, BigInt(root) | STAGE2_LEAF | 2n);
        enterEl1(a);
      },
      { lowerSync: (a) => a.msr('TLBI VMALLS12E1', ZR).dsb().isb().eret() },
    );
    guest.el1((a) => {
      const map = (output: number): Assembler =>
        a
          .mov(5, page(output, STAGE2_LEAF))
          .mov(6, looped(LOOP) + OTHER * 8)
          .str(5, 6)
          .dsb()
          .isb();
      map(DATA).mov(1, looped(OTHER)).ldr(10, 1);
      map(DATA + 0x1000).ldr(11, 1);
      a.hvc().ldr(12, 1);
      off(a);
    });
    guest.run();
    expect([guest.n(10), guest.n(11), guest.n(12)]).toEqual([100, 100, 200]);
  });
});

describe.each(ENGINES)('a VMID for two VMs, %s', (engine) => {
  it('the second sees pages of the first until a TLBI, and break-before-make says so', async () => {
    const ROOT = 5;
    const guest = new Guest(engine);
    guest.setWord(DATA, 100n);
    guest.setWord(DATA + 0x1000, 200n);
    guest.el2(
      (a) => {
        const other = stage2(guest, a);
        mapPage(guest, other, PAGE, DATA + 0x1000, STAGE2_LEAF);
        mapPage(guest, stage2(guest, a), PAGE, DATA, STAGE2_LEAF);
        a.mov(ROOT, other);
        enterEl1(a);
      },
      // The other VM's tables under the same VMID; the second call invalidates.
      { lowerSync: (a) => tlbiUnlessFirst(a.msr('VTTBR_EL2', ROOT)) },
    );
    guest.el1((a) => {
      a.mov(1, PAGE).ldr(10, 1).mov(7, 0).hvc().ldr(11, 1).mov(7, 1).hvc().ldr(12, 1);
      off(a);
    });
    let text = '';
    const write = (more: string): void => {
      text += more;
    };
    const trace = await attachTrace(guest.machine.system, { categories: ['bbm'], write });
    guest.run();
    expect([guest.n(10), guest.n(11), guest.n(12)]).toEqual([100, 100, 200]);
    trace.flush();
    expect(text).toContain('output address changed without break-before-make at EL1&0 IPA 0x50000000');
  });
});

/** The rest of a handler: X7 asks for TLB maintenance. */
function tlbiUnlessFirst(a: Assembler): void {
  const skip = a.label();
  a.cbz(7, skip).msr('TLBI VMALLS12E1', ZR).dsb().place(skip);
  a.isb().eret();
}

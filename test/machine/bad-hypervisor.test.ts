/**
 * Hypervisors with wrong tables and registers: the machine does what silicon does, the explained walk says why, and nothing
 * throws. What the architecture leaves open is the same in every engine.
 */

import { describe, expect, it } from 'vitest';
import { va } from '../../src/arch/addresses.ts';
import { attachTrace } from '../../src/debug/attach.ts';
import { explain } from '../../src/debug/translate.ts';
import type { Storage } from '../../src/devices/virtio/storage.ts';
import { RAM_BASE, VIRT_MAP } from '../../src/machine/virt-map.ts';
import { type Assembler, ZR } from '../cpu/engine/assembler.ts';
import { DATA, EL1_CODE, ENGINES, enterEl1, Guest, off } from './guest.ts';
import { entryFor, mapPage, page, STAGE2_LEAF, stage1, stage2 } from './tables.ts';
import { aborted, underStage2 } from './under-stage2.ts';

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

describe.each(ENGINES)('tables that are nowhere, %s', (engine) => {
  const HOLE = RAM_BASE + 0x3000_0000;
  const BEYOND_PS = 2 ** 41;
  const load3 = (a: Assembler) => void a.mov(2, PAGE).ldr(3, 2);
  const esrOf = (spoil: (guest: Guest, root: number, a: Assembler) => void) => {
    const guest = underStage2(engine, spoil);
    guest.el1(load3);
    guest.run();
    return [guest.n(10) - DATA_ABORT_LOWER - LOAD_X3, explain(guest.machine.cpu(), va(BigInt(PAGE)), 'read', 1).fault];
  };
  const wrongEntry = (level: 1 | 2, table: number) =>
    esrOf((guest, root) => guest.setWord(entryFor(guest, root, PAGE, level), BigInt(table) | 3n));

  it('a stage-2 table where no RAM is', () => {
    expect(wrongEntry(2, HOLE)).toEqual([
      0x17,
      expect.stringContaining('stage 2 synchronous external abort on a table walk, level 3'),
    ]);
  });

  it('a stage-2 table beyond the output size of VTCR_EL2.PS', () => {
    expect(wrongEntry(2, BEYOND_PS)).toEqual([0x02, expect.stringContaining('stage 2 address size fault, level 2')]);
  });

  it.each([
    ['a UART', VIRT_MAP.uart.base],
    ['the GIC', VIRT_MAP.gicDistributor.base],
  ])('a stage-2 table in %s, which is not touched', (_what, table) => {
    expect(wrongEntry(2, table)).toEqual([
      0x17,
      expect.stringContaining('stage 2 synchronous external abort on a table walk, level 3'),
    ]);
  });

  it.each([
    ['where no RAM is', HOLE, 0x15],
    ['in a UART', VIRT_MAP.uart.base, 0x15],
    ['beyond VTCR_EL2.PS', BEYOND_PS, 0x00],
  ])('VTTBR_EL2 %s: the first fetch goes to EL2', (_where, root, status) => {
    const guest = underStage2(engine, (_guest, _root, a) => void a.msrConst('VTTBR_EL2', root).isb());
    guest.el1((a) => void a.nop());
    guest.run();
    expect([guest.n(10), guest.n(11)]).toEqual([0x8200_0000 + status, EL1_CODE]);
  });
});

describe.each(ENGINES)('tables in flash, %s', (engine) => {
  /** A load through a stage-2 table of level 3 in bank 1 of flash; ESR_EL2, and X3. */
  function loaded(flags: bigint, vtcr: bigint): [esr: number, value: number] {
    const bank = new Uint8Array(VIRT_MAP.flash1.size);
    new DataView(bank.buffer).setBigUint64(0, page(DATA, flags), true);
    const guest = new Guest(engine, { cpu: 'max', flash: [undefined, keptIn(bank)] });
    guest.setWord(DATA, 100n);
    guest.el2(
      (a) => {
        const root = stage2(guest, a);
        a.mrs(4, 'VTCR_EL2').mov(5, vtcr).orr(4, 4, 5).msr('VTCR_EL2', 4).isb();
        guest.setWord(entryFor(guest, root, PAGE, 2), BigInt(VIRT_MAP.flash1.base) | 3n);
        enterEl1(a);
      },
      { lowerSync: (a) => void aborted(a, 2) },
    );
    guest.el1((a) => void a.mov(2, PAGE).ldr(3, 2).hvc());
    guest.run();
    expect(bank.subarray(0, 8)).toEqual(new Uint8Array(BigUint64Array.of(page(DATA, flags)).buffer));
    return [guest.n(10), guest.n(3)];
  }
  const HVC = 0x5a00_0000;
  const HA = 1n << 21n;

  it('are read as any', () => {
    expect(loaded(STAGE2_LEAF, 0n)).toEqual([HVC, 100]);
    expect(loaded(STAGE2_LEAF & ~AF, 0n)).toEqual([DATA_ABORT_LOWER + LOAD_X3 + 0x0b, 0]);
  });

  it('cannot have their Access flags set: an external abort', () => {
    expect(loaded(STAGE2_LEAF, HA)).toEqual([HVC, 100]);
    expect(loaded(STAGE2_LEAF & ~AF, HA)).toEqual([DATA_ABORT_LOWER + LOAD_X3 + 0x17, 0]);
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

/** A bank of flash with this content, which nothing may be written to. */
const keptIn = (bytes: Uint8Array): Storage => ({
  bytes: bytes.length,
  isReadOnly: true,
  read(position, into) {
    into.set(bytes.subarray(position, position + into.length));
    return true;
  },
  write: () => false,
  flush: () => true,
});

/** The rest of a handler: X7 asks for TLB maintenance. */
function tlbiUnlessFirst(a: Assembler): void {
  const skip = a.label();
  a.cbz(7, skip).msr('TLBI VMALLS12E1', ZR).dsb().place(skip);
  a.isb().eret();
}

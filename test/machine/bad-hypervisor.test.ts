/**
 * Hypervisors with wrong tables and registers: the machine does what silicon does, the explained walk says why, and nothing
 * throws. What the architecture leaves open is the same in every engine.
 */

import { describe, expect, it } from 'vitest';
import { va } from '../../src/arch/addresses.ts';
import { explain } from '../../src/debug/translate.ts';
import { RAM_BASE } from '../../src/machine/virt-map.ts';
import type { BbmConflict } from '../../src/mmu/break-before-make.ts';
import { type Assembler, ZR } from '../cpu/engine/assembler.ts';
import { Prng } from '../vectors/prng.ts';
import { DATA, ENGINES, enterEl1, GICH, GICV, Guest, load, off, store } from './guest.ts';
import { entryFor, mapPage, page, STAGE2_LEAF, stage1, stage2 } from './tables.ts';

const PAGE = RAM_BASE + 0x1000_0000;
/** Entry of the loop in its table, and the address that goes round it, to an entry of the same table at the last level. */
const LOOP = 5;
const looped = (last: number): number => LOOP * 2 ** 30 + LOOP * 2 ** 21 + last * 2 ** 12;
const AF = 1n << 10n;
const [DATA_ABORT, DATA_ABORT_LOWER] = [0x9600_0000, 0x9200_0000];
/** ISV, 64-bit load into X3. */
const LOAD_X3 = 0x1c3_8000;

const aborted = (a: Assembler, el: 1 | 2): Assembler => off(a.mrs(10, `ESR_EL${el}`).mrs(11, `FAR_EL${el}`));

/** A guest at EL1 with stage 2 whose EL2 ends the machine at the first exception; X12 is HPFAR_EL2 then. */
function underStage2(
  engine: (typeof ENGINES)[number],
  spoil: (guest: Guest, root: number, a: Assembler) => void,
): Guest {
  const guest = new Guest(engine);
  guest.el2(
    (a) => {
      spoil(guest, stage2(guest, a), a);
      enterEl1(a);
    },
    { lowerSync: (a) => void aborted(a.mrs(12, 'HPFAR_EL2'), 2) },
  );
  return guest;
}

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
});

describe.each(ENGINES)('VTCR_EL2 that contradicts itself, %s', (engine) => {
  it('a start level that the input size does not have: no walk', () => {
    const guest = underStage2(engine, (_guest, _root, a) => {
      // 48-bit IPAs from level 2 of 4K.
      a.msrConst('VTCR_EL2', 0x8000_0000n | 16n | (2n << 16n)).isb();
    });
    // The guest's first fetch.
    guest.el1((a) => void a.nop());
    guest.run();
    expect(guest.n(10)).toBe(0x8200_0004);
    expect(explain(guest.machine.cpu(), va(BigInt(PAGE)), 'read', 1).fault).toContain(
      'stage 2 translation fault, level 0',
    );
  });
});

describe.each(ENGINES)('a VMID for two VMs, %s', (engine) => {
  it('the second sees pages of the first until a TLBI, and break-before-make says so', () => {
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
    const conflicts: BbmConflict[] = [];
    const { mmu, regimes } = guest.machine.cpu();
    mmu.watchBreakBeforeMake({
      current: () => regimes.get('EL1&0'),
      guest: () => regimes.get('EL1&0'),
      report: ({ what }) => conflicts.push(what),
    });
    guest.run();
    expect([guest.n(10), guest.n(11), guest.n(12)]).toEqual([100, 100, 200]);
    expect(conflicts).toContain('output address');
  });
});

describe('list registers in impossible states', () => {
  const LRS = 4;
  const [HCR, LR0] = [GICH, GICH + 0x100];
  const VIRTUAL_IRQ = 1n << 4n;
  const ROUNDS = 6;
  /** GICV_IAR with nothing to acknowledge. */
  const NONE = 1023;

  /** X20: the sum of all that the guest acknowledged. */
  function outcome(
    engine: (typeof ENGINES)[number],
    values: readonly number[],
  ): [seen: number, isr: number, lrs: unknown] {
    const guest = new Guest(engine);
    guest.el2((a) => {
      for (const [n, value] of values.entries()) store(a, LR0 + 4 * n, value);
      store(a, HCR, 0x7f);
      a.msrConst('HCR_EL2', (1n << 31n) | VIRTUAL_IRQ);
      enterEl1(a);
    });
    guest.el1((a) => {
      store(a, GICV + 4, 0xff);
      store(a, GICV, 0x1f);
      a.mov(20, 0);
      for (let i = 0; i < ROUNDS; i++) {
        // Acknowledge, as an alias too, what is there; end it and deactivate it whatever it is.
        for (const iar of [0x0c, 0x20])
          load(a, 21, GICV + iar)
            .addr(20, 20, 21)
            .str(21, 29, 4, 'w');
        a.mov(29, GICV + 0x1000).str(21, 29, 0, 'w');
      }
      a.mrs(22, 'ISR_EL1');
      off(a);
    });
    guest.run();
    const { bus } = guest.machine.system;
    const lr = (n: number) => bus.deviceAt(LR0)?.device.read(LR0 - GICH + 4 * n, 4, 0);
    return [guest.n(20), guest.n(22), Array.from({ length: LRS }, (_, n) => lr(n))];
  }

  const pending = (intid: number, more = 0) => (0x1000_0000 | more | intid) >>> 0;
  const [HW, ACTIVE, GROUP1] = [0x8000_0000, 0x2000_0000, 0x4000_0000];
  // What the guest acknowledges: the sum of what GICV_IAR gave, and how often it gave anything.
  it.each<[string, number[], number, number]>([
    ['one virtual INTID in all of them', [40, 40, 40, 40].map((id) => pending(id)), 160, 4],
    ['pending and active, by hardware', [pending(41, HW | ACTIVE | (60 << 10))], 0, 0],
    ['a physical INTID that no board has', [pending(42, HW | (1019 << 10)), pending(43, HW | (1023 << 10))], 85, 2],
    ['a hardware SGI', [pending(3, HW | (2 << 10))], 3, 1],
    ['reserved virtual INTIDs', [pending(1020), pending(1023, GROUP1), pending(1021, ACTIVE)], 1020, 1],
    ['software interrupts with EOI and CPU ID', [pending(44, 0xf << 10), pending(5, 0x7 << 10)], 7217, 2],
  ])('%s: the same in every engine', (_title, values, seen, times) => {
    const expected = outcome('interp', values);
    expect(expected[0]).toBe(seen + (2 * ROUNDS - times) * NONE);
    for (const engine of ENGINES) expect(outcome(engine, values)).toEqual(expected);
  });

  it('any values', () => {
    const prng = new Prng(7);
    for (let i = 0; i < 30; i++) {
      const values = Array.from({ length: LRS }, () => prng.u32());
      expect(outcome('auto', values)).toEqual(outcome('interp', values));
    }
  });
});

/** The rest of a handler: X7 asks for TLB maintenance. */
function tlbiUnlessFirst(a: Assembler): void {
  const skip = a.label();
  a.cbz(7, skip).msr('TLBI VMALLS12E1', ZR).dsb().place(skip);
  a.isb().eret();
}

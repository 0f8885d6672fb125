/** Hypervisors whose stage-2 tables are where no RAM is: aborts with their exact syndromes, and what flash serves as any memory. */

import { describe, expect, it } from 'vitest';
import { va } from '../../src/arch/addresses.ts';
import { explain } from '../../src/debug/translate.ts';
import type { Storage } from '../../src/devices/virtio/storage.ts';
import { RAM_BASE, VIRT_MAP } from '../../src/machine/virt-map.ts';
import type { Assembler } from '../cpu/engine/assembler.ts';
import { DATA, EL1_CODE, ENGINES, enterEl1, Guest } from './guest.ts';
import { entryFor, page, STAGE2_LEAF, stage2 } from './tables.ts';
import { aborted, underStage2 } from './under-stage2.ts';

/** An IPA whose table is the misplaced one. */
const PAGE = RAM_BASE + 0x1000_0000;
const AF = 1n << 10n;
const DATA_ABORT_LOWER = 0x9200_0000;
/** ISV, 64-bit load into X3. */
const LOAD_X3 = 0x1c3_8000;

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
    expect(guest.word(VIRT_MAP.flash1.base)).toBe(page(DATA, flags));
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

/** What fills a bank of flash. */
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

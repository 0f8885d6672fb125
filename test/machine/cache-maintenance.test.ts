/** Cache maintenance by VA at EL1 on lines that loads have reached: its traps and faults come all the same. */

import { describe, expect, it } from 'vitest';
import { ZR } from '../cpu/engine/assembler.ts';
import { DATA, ENGINES, enterEl1, Guest, HCR_RW, off } from './guest.ts';
import { entryFor, stage1 } from './tables.ts';

const HCR_TPC = 1n << 23n;
const HCR_TPU = 1n << 24n;
/** EC, IL and the fields of an instruction with Rt = X1, op0 = 1 and op1 = 3. */
const trapped = (crm: number): number => 0x6210_0000 + (1 << 17) + (3 << 14) + (7 << 10) + (1 << 5) + (crm << 1);
/** A Data Abort from EL1 with CM and WnR: a translation fault at level 2. */
const UNMAPPED = 0x9600_0146;

const TRAPS = [
  ['IC IVAU', HCR_TPU, 5],
  ['DC CVAU', HCR_TPU, 11],
  ['DC CVAC', HCR_TPC, 10],
  ['DC CIVAC', HCR_TPC, 14],
] as const;

describe.each(ENGINES)('cache maintenance, %s', (engine) => {
  it.each(TRAPS)('%s is trapped', (name, control, crm) => {
    const guest = new Guest(engine);
    guest.el2((a) => enterEl1(a.msrConst('HCR_EL2', HCR_RW | control).mov(1, DATA)), {
      lowerSync: (a) => void off(a.mrs(10, 'ESR_EL2')),
    });
    guest.el1((a) => void a.ldr(2, 1).msr(name, 1));
    expect(guest.run().n(10)).toBe(trapped(crm));
  });

  it.each(TRAPS)('%s runs on where the page is mapped, and faults once it is not', (name) => {
    const guest = new Guest(engine);
    let entry = 0;
    guest.el2(
      (a) => {
        entry = entryFor(guest, stage1(guest, a), DATA, 2);
        enterEl1(a.mov(1, DATA).mov(9, entry));
      },
      { lowerSync: (a) => void a.str(ZR, 9).dsb().msr('TLBI ALLE1', ZR).dsb().isb().eret() },
    );
    guest.el1((a) => void off(a.ldr(2, 1).mov(4, 1).msr(name, 1).mov(4, 2).hvc(0).msr(name, 1).mov(4, 3)), {
      sameSync: (a) => void off(a.mrs(10, 'ESR_EL1')),
    });
    guest.run();
    expect([guest.n(4), guest.n(10)]).toEqual([2, UNMAPPED]);
  });
});

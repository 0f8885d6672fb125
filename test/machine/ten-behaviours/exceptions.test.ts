/** Behaviours 4, 8 and 9 on a whole machine: what exceptions report. */

import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../../src/machine/virt-map.ts';
import type { Assembler } from '../../cpu/engine/assembler.ts';
import { DATA, EL1_CODE, ENGINES, enterEl1, Guest, HCR_RW, off } from '../guest.ts';
import {
  BLOCK_BYTES,
  entryFor,
  entryOf,
  LEAF,
  mapPage,
  page,
  READ_ONLY,
  STAGE2_LEAF,
  stage1,
  stage2,
  tableAt,
} from '../tables.ts';

const [HCR_TWI, HCR_TSC] = [1n << 13n, 1n << 19n];
/** VAs that only the tests map; memory that stage 2 maps only where a test does. */
const PAGES = RAM_BASE + 0x1000_0000;
const PAGED = RAM_BASE + 0x80_0000;
/** ESR_ELx: EC with IL, and bits of the ISS. */
const [DATA_ABORT_SAME, DATA_ABORT_LOWER, FETCH_ABORT_LOWER] = [0x9600_0000, 0x9200_0000, 0x8200_0000];
const [CM, S1PTW, WNR] = [0x100, 0x80, 0x40];
const [TRANSLATION_L2, TRANSLATION_L3, PERMISSION_L3] = [0x06, 0x07, 0x0f];
const EC_HVC = 0x16;
/** Register that points to the end of the log. */
const LOG = 23;

/** Appends system registers to the log of doublewords at `DATA`. */
function note(a: Assembler, ...names: string[]): Assembler {
  for (const name of names) a.mrs(1, name).strPost(1, LOG, 8);
  return a;
}
const skip = (a: Assembler, el: 1 | 2): Assembler => a.mrs(1, `ELR_EL${el}`).add(1, 1, 4).msr(`ELR_EL${el}`, 1);
const log = (guest: Guest): number[] =>
  Array.from({ length: (guest.n(LOG) - DATA) / 8 }, (_, i) => Number(guest.word(DATA + 8 * i)));

describe.each(ENGINES)('4. %s', (engine) => {
  it('Trapped SMC and WFI: ELR is the instruction; HVC and SVC: the next one', () => {
    const guest = new Guest(engine);
    guest.el2((a) => enterEl1(a.msrConst('HCR_EL2', HCR_RW | HCR_TSC | HCR_TWI).mov(LOG, DATA)), {
      lowerSync: (a) => {
        const [call, more] = [a.label(), a.label()];
        note(a, 'ELR_EL2', 'ESR_EL2').lsr(1, 1, 26).cmp(1, EC_HVC).bc('eq', call);
        skip(a, 2);
        a.place(call);
        a.cbz(20, more);
        off(a);
        a.place(more);
        a.eret();
      },
    });
    guest.el1((a) => a.smc(5).wfi().hvc(6).svc(7).mov(20, 1).hvc(8), {
      sameSync: (a) => note(a, 'ELR_EL1', 'ESR_EL1').eret(),
    });
    guest.run();
    expect(log(guest)).toEqual([
      ...[EL1_CODE, 0x5e00_0005],
      ...[EL1_CODE + 4, 0x07e0_0000],
      ...[EL1_CODE + 12, 0x5a00_0006],
      ...[EL1_CODE + 16, 0x5600_0007],
      ...[EL1_CODE + 24, 0x5a00_0008],
    ]);
  });
});

describe.each(ENGINES)('8. %s', (engine) => {
  it('FAR of a page-crossing fault names the page that faulted; WnR = 1 for cache and AT operations', () => {
    const guest = new Guest(engine);
    const [writable, readOnly, last, walked] = [PAGES + 0x1000, PAGES + 0x2000, PAGES + 0x4000, PAGES + BLOCK_BYTES];
    guest.el2(
      (a) => {
        const root = stage1(guest, a);
        mapPage(guest, root, writable, DATA + 0x1000, LEAF);
        mapPage(guest, root, readOnly, DATA + 0x2000, LEAF | READ_ONLY);
        mapPage(guest, root, last, DATA + 0x4000, LEAF);
        guest.setWord(entryFor(guest, root, walked, 2), tableAt(PAGED));
        stage2(guest, a);
        enterEl1(a.mov(LOG, DATA));
      },
      { lowerSync: (a) => skip(note(a, 'FAR_EL2', 'ESR_EL2'), 2).eret() },
    );
    guest.el1(
      (a) => {
        a.mov(5, -1)
          .mov(2, readOnly + 0xffc)
          .ldr(3, 2);
        a.mov(2, last - 3).ldr(3, 2);
        a.mov(2, writable + 0xffc).str(5, 2);
        a.mov(2, last + 0x1008).msr('DC CIVAC', 2);
        a.mov(2, walked).msr('AT S1E1R', 2);
        off(a);
      },
      { sameSync: (a) => skip(note(a, 'FAR_EL1', 'ESR_EL1'), 1).eret() },
    );
    guest.run();
    expect(log(guest)).toEqual([
      ...[readOnly + 0x1000, DATA_ABORT_SAME + TRANSLATION_L3],
      ...[last - 3, DATA_ABORT_SAME + TRANSLATION_L3],
      ...[readOnly, DATA_ABORT_SAME + WNR + PERMISSION_L3],
      ...[last + 0x1008, DATA_ABORT_SAME + CM + WNR + TRANSLATION_L3],
      ...[walked, DATA_ABORT_LOWER + CM + WNR + S1PTW + TRANSLATION_L2],
    ]);
    expect(guest.word(DATA + 0x1ff8)).toBe(0n);
  });
});

describe.each(ENGINES)('9. %s', (engine) => {
  it("S1PTW: HPFAR holds the table's IPA, FAR the original VA", () => {
    const guest = new Guest(engine);
    const [data, dataTable] = [PAGES + 0x3008, PAGED + 0x5000];
    const [code, codeTable] = [PAGES + BLOCK_BYTES + 0x7000, PAGED + 0x9000];
    // Registers: the entry of stage 2 that EL2 writes next, its descriptor, and those for the time after.
    const [ENTRY, DESCRIPTOR, NEXT_ENTRY, NEXT_DESCRIPTOR] = [5, 6, 7, 8];
    guest.el2(
      (a) => {
        const [root1, root2] = [stage1(guest, a), stage2(guest, a)];
        guest.setWord(entryFor(guest, root1, data, 2), tableAt(dataTable));
        guest.setWord(entryFor(guest, root1, code, 2), tableAt(codeTable));
        guest.setWord(entryOf(dataTable, data, 3), page(DATA + 0x3000, LEAF));
        guest.setWord(entryOf(codeTable, code, 3), page(DATA + 0x4000, LEAF));
        const give = (entry: number, descriptor: number, at: number): Assembler =>
          a.mov(entry, entryFor(guest, root2, at, 3)).mov(descriptor, page(at, STAGE2_LEAF));
        give(ENTRY, DESCRIPTOR, dataTable);
        give(NEXT_ENTRY, NEXT_DESCRIPTOR, codeTable);
        enterEl1(a.mov(LOG, DATA));
      },
      {
        lowerSync: (a) =>
          note(a, 'FAR_EL2', 'HPFAR_EL2', 'ESR_EL2')
            .str(DESCRIPTOR, ENTRY)
            .movr(ENTRY, NEXT_ENTRY)
            .movr(DESCRIPTOR, NEXT_DESCRIPTOR)
            .dsb()
            .eret(),
      },
    );
    guest.setWord(DATA + 0x3008, 33n);
    guest.code(code, (a) => a.mov(11, 44).ret(), DATA + 0x4000);
    guest.el1((a) => off(a.mov(2, data).ldr(10, 2).mov(2, code).blr(2)));
    guest.run();
    const hpfar = (ipa: number): number => (ipa >>> 12) << 4;
    expect(log(guest)).toEqual([
      ...[data, hpfar(dataTable), DATA_ABORT_LOWER + S1PTW + TRANSLATION_L3],
      ...[code, hpfar(codeTable), FETCH_ABORT_LOWER + S1PTW + TRANSLATION_L3],
    ]);
    expect([guest.n(10), guest.n(11)]).toEqual([33, 44]);
  });
});

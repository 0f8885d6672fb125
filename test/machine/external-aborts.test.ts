/** Accesses to physical addresses where nothing is, and walks through them: external aborts with their exact syndromes. */

import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../src/machine/virt-map.ts';
import type { Assembler } from '../cpu/engine/assembler.ts';
import { DATA, ENGINES, enterEl1, Guest, off } from './guest.ts';
import { BLOCK_BYTES, entryFor, LEAF, mapPage, STAGE2_LEAF, stage1, stage2, tableAt } from './tables.ts';

/** PA above RAM. */
const HOLE = RAM_BASE + 0x3000_0000;
/** A page at HOLE; a VA whose level 3 table is there; under stage 2, an IPA whose stage-2 table is there. */
const PAGE = RAM_BASE + 0x1000_0000;
const WALKED = PAGE + BLOCK_BYTES;
const NESTED = PAGE + 2 * BLOCK_BYTES;
const NESTED_IPA = RAM_BASE + 0x1200_0000;

const [DATA_ABORT, DATA_ABORT_LOWER, FETCH_ABORT] = [0x9600_0000, 0x9200_0000, 0x8600_0000];
const WNR = 0x40;
const [EXTERNAL, EXTERNAL_ON_WALK_L3] = [0x10, 0x17];
/** ISV, 64-bit access, X3, SF: reported for stage 2 alone. */
const LOAD_X3 = 0x1c3_8000;

const ROWS: readonly [string, (a: Assembler) => void, esr: number, far: number][] = [
  ['a load', (a) => a.mov(2, PAGE + 8).ldr(3, 2), DATA_ABORT + EXTERNAL, PAGE + 8],
  ['a store', (a) => a.mov(2, PAGE + 8).str(3, 2), DATA_ABORT + WNR + EXTERNAL, PAGE + 8],
  ['an LDXR', (a) => a.mov(2, PAGE).ldxr(3, 2), DATA_ABORT + EXTERNAL, PAGE],
  ['the end of a load', (a) => a.mov(2, PAGE - 3).ldr(3, 2), DATA_ABORT + EXTERNAL, PAGE],
  [
    'the end of a store',
    (a) =>
      a
        .mov(3, -1)
        .mov(2, PAGE - 3)
        .str(3, 2),
    DATA_ABORT + WNR + EXTERNAL,
    PAGE,
  ],
  ['the beginning of a load', (a) => a.mov(2, PAGE + 0xffe).ldr(3, 2), DATA_ABORT + EXTERNAL, PAGE + 0xffe],
  ['a fetch', (a) => a.mov(2, PAGE + 4).br(2), FETCH_ABORT + EXTERNAL, PAGE + 4],
  ['the walk of a load', (a) => a.mov(2, WALKED + 1).ldr(3, 2), DATA_ABORT + EXTERNAL_ON_WALK_L3, WALKED + 1],
  ['the walk of a store', (a) => a.mov(2, WALKED).str(3, 2), DATA_ABORT + WNR + EXTERNAL_ON_WALK_L3, WALKED],
  ['the walk of a fetch', (a) => a.mov(2, WALKED).br(2), FETCH_ABORT + EXTERNAL_ON_WALK_L3, WALKED],
];

describe.each(ENGINES)('nothing at a PA, %s', (engine) => {
  it.each(ROWS)('%s', (_title, emit, esr, far) => {
    const guest = new Guest(engine);
    guest.el2((a) => {
      const root = stage1(guest, a);
      mapPage(guest, root, PAGE - 0x1000, DATA, LEAF);
      mapPage(guest, root, PAGE, HOLE, LEAF);
      mapPage(guest, root, PAGE + 0x1000, HOLE, LEAF);
      guest.setWord(entryFor(guest, root, WALKED, 2), tableAt(HOLE));
      enterEl1(a);
    });
    guest.el1((a) => emit(a), { sameSync: (a) => void off(a.mrs(10, 'ESR_EL1').mrs(11, 'FAR_EL1')) });
    guest.run();
    expect([guest.n(10), guest.n(11)]).toEqual([esr, far]);
    // Nothing of the store was done (the end of the page before PAGE).
    expect(guest.word(DATA + 0xff8)).toBe(0n);
  });

  it('the stage-2 walk of a load: to EL2, with its IPA', () => {
    const guest = new Guest(engine);
    guest.el2(
      (a) => {
        mapPage(guest, stage1(guest, a), NESTED, NESTED_IPA, LEAF);
        const root = stage2(guest, a);
        mapPage(guest, root, NESTED_IPA - BLOCK_BYTES, DATA, STAGE2_LEAF);
        guest.setWord(entryFor(guest, root, NESTED_IPA, 2), tableAt(HOLE));
        enterEl1(a);
      },
      { lowerSync: (a) => void off(a.mrs(10, 'ESR_EL2').mrs(11, 'FAR_EL2').mrs(12, 'HPFAR_EL2')) },
    );
    guest.el1((a) => void a.mov(2, NESTED + 8).ldr(3, 2));
    guest.run();
    expect([guest.n(10), guest.n(11), guest.n(12)]).toEqual([
      DATA_ABORT_LOWER + LOAD_X3 + EXTERNAL_ON_WALK_L3,
      NESTED + 8,
      (NESTED_IPA >>> 12) << 4,
    ]);
  });
});

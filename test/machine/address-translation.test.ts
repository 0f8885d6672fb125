/** Every AT instruction on pages of every kind, from EL2 with both stages on: what PAR_EL1 says. */

import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../src/machine/virt-map.ts';
import { DATA, ENGINES, Guest, off } from './guest.ts';
import {
  BLOCK_BYTES,
  EL0,
  entryFor,
  LEAF,
  mapPage,
  READ_ONLY,
  STAGE2_LEAF,
  STAGE2_WRITE,
  stage1,
  stage1OfEl2,
  stage2,
  tableAt,
} from './tables.ts';

/** VAs that only this test maps, and IPAs that only it gives to stage 2. */
const PAGES = RAM_BASE + 0x1000_0000;
const IPAS = RAM_BASE + 0x80_0000;

const FAULT = 1;
const [PTW, S2] = [0x100, 0x200];
/** FST of PAR_EL1[6:1]. */
const [TRANSLATION_L2, TRANSLATION_L3, PERMISSION_L3] = [0x06 << 1, 0x07 << 1, 0x0f << 1];
const TRANSLATION_L1 = 0x05 << 1;
/** Normal Write-Back, NS, Inner Shareable; RES1. */
const MAPPED = (0xffn << 56n) | 0x200n | 0x180n;
const RES1 = 0x800n;

/** What each kind of access finds: an address, or the low bits of PAR_EL1. */
interface Answers {
  readonly r1: number;
  readonly w1: number;
  readonly r0: number;
  readonly w0: number;
}
interface Kind {
  readonly name: string;
  readonly stage1: Answers;
  readonly both: Answers;
}
const all = (answer: number): Answers => ({ r1: answer, w1: answer, r0: answer, w0: answer });
const denied = FAULT | PERMISSION_L3;
const same = (name: string, answers: Answers): Kind => ({ name, stage1: answers, both: answers });

/** By the page after PAGES. */
const KINDS: readonly Kind[] = [
  same('of EL1', { ...all(DATA), r0: denied, w0: denied }),
  same('of EL0', all(DATA + 0x1000)),
  same('read-only, of EL0', { ...all(DATA + 0x2000), w1: denied, w0: denied }),
  same('read-only, of EL1', { r1: DATA + 0x3000, w1: denied, r0: denied, w0: denied }),
  same('not mapped', all(FAULT | TRANSLATION_L3)),
  { name: 'not mapped by stage 2', stage1: all(IPAS), both: all(FAULT | S2 | TRANSLATION_L3) },
  {
    name: 'read-only in stage 2',
    stage1: all(IPAS + 0x1000),
    both: { ...all(DATA + 0x6000), w1: FAULT | S2 | PERMISSION_L3, w0: FAULT | S2 | PERMISSION_L3 },
  },
];
/** A VA whose stage-1 table stage 2 does not map. */
const WALKED: Kind = same('whose table stage 2 does not map', all(FAULT | PTW | S2 | TRANSLATION_L3));

const OPERATIONS = [
  ...(['S1E1', 'S1E0', 'S12E1', 'S12E0'] as const).flatMap((name) =>
    (['R', 'W'] as const).map((kind) => ({
      name: `AT ${name}${kind}`,
      stages: name.startsWith('S12') ? ('both' as const) : ('stage1' as const),
      access: `${kind === 'R' ? 'r' : 'w'}${name.endsWith('0') ? 0 : 1}` as keyof Answers,
    })),
  ),
];

const parOf = (answer: number): bigint =>
  (answer & FAULT) !== 0 ? BigInt(answer) | RES1 : MAPPED | BigInt(answer) | RES1;

/** Runs `AT` with each VA and returns the values of PAR_EL1. */
function pars(
  guest: Guest,
  prepare: Parameters<Guest['el2']>[0],
  asked: readonly (readonly [string, number])[],
): bigint[] {
  const LOG = 23;
  const log = DATA + BLOCK_BYTES / 2;
  guest.el2((a) => {
    prepare(a);
    a.mov(LOG, log);
    for (const [name, va] of asked) a.mov(1, va).msr(name, 1).isb().mrs(2, 'PAR_EL1').strPost(2, LOG, 8);
    off(a);
  });
  guest.run();
  return asked.map((_, i) => guest.word(log + 8 * i));
}

describe.each(ENGINES)('AT, %s', (engine) => {
  it('S1E0, S1E1, S12E0 and S12E1 for reads and writes', () => {
    const guest = new Guest(engine);
    const walked = PAGES + BLOCK_BYTES;
    const tables = [...KINDS.map((kind, i) => ({ kind, va: PAGES + i * 0x1000 })), { kind: WALKED, va: walked }];
    const asked = OPERATIONS.flatMap((operation) =>
      tables.map(({ kind, va }) => ({ operation, kind, va: va + 0x123 })),
    );
    const found = pars(
      guest,
      (a) => {
        const root = stage1(guest, a);
        const flags = [LEAF, LEAF | EL0, LEAF | EL0 | READ_ONLY, LEAF | READ_ONLY];
        for (const [i, bits] of flags.entries()) mapPage(guest, root, PAGES + i * 0x1000, DATA + i * 0x1000, bits);
        mapPage(guest, root, PAGES + 0x5000, IPAS, LEAF | EL0);
        mapPage(guest, root, PAGES + 0x6000, IPAS + 0x1000, LEAF | EL0);
        guest.setWord(entryFor(guest, root, walked, 2), tableAt(IPAS));
        mapPage(guest, stage2(guest, a), IPAS + 0x1000, DATA + 0x6000, STAGE2_LEAF & ~STAGE2_WRITE);
      },
      asked.map(({ operation, va }) => [operation.name, va]),
    );
    const titled = (pars: readonly bigint[]) =>
      asked.map(({ operation, kind }, i) => `${operation.name}, a page ${kind.name}: ${pars[i].toString(16)}`);
    expect(titled(found)).toEqual(
      titled(asked.map(({ operation: { stages, access }, kind }) => parOf(kind[stages][access]))),
    );
  });

  it('S1E2 for reads and writes', () => {
    const guest = new Guest(engine);
    const asked = ['AT S1E2R', 'AT S1E2W'].flatMap((name) =>
      [DATA + 0x3000, PAGES, PAGES + 0x1000, RAM_BASE + BLOCK_BYTES * 64, 0].map((va) => [name, va] as const),
    );
    const found = pars(
      guest,
      (a) => {
        const root = stage1OfEl2(guest, a);
        mapPage(guest, root, PAGES, DATA + 0x1000, LEAF | READ_ONLY);
        // HCR_EL2.VM is nothing to the EL2 regime.
        stage2(guest, a);
      },
      asked,
    );
    const faults = [FAULT | TRANSLATION_L3, FAULT | TRANSLATION_L2, FAULT | TRANSLATION_L1];
    expect(found).toEqual(
      [DATA + 0x3000, DATA + 0x1000, ...faults, DATA + 0x3000, denied, ...faults].map((answer) => parOf(answer)),
    );
  });
});

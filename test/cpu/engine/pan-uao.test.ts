/** PSTATE.PAN and UAO: every load and store against the pseudocode model of the MMU, in both engines, with exact syndromes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ModelAccess, translateAddress } from '../../mmu/model.ts';
import {
  type Access,
  type Case,
  CONFIG,
  modelMemory,
  modelRegisters,
  OPERATIONS,
  PanWorld,
  regimeOf,
  VA_LOW,
} from './pan-world.ts';

/** What the program and then its exception handler met: the syndrome and FAR of a fault; none where the access passed. */
interface Fault {
  readonly esr: number;
  readonly far: bigint;
}

const [DATA_ABORT_LOWER, DATA_ABORT_SAME] = [0x24, 0x25];
const IL = 1 << 25;
const WNR = 1 << 6;
const CM = 1 << 8;
/** DFSC without the level. */
const STATUS: Readonly<Record<string, number>> = { addressSize: 0, translation: 4, accessFlag: 8, permission: 12 };

/** The accesses of an operation in their order, by CheckPermission's rules for PAN and UAO. */
function accesses(operation: Access, atEl0: boolean, pan: boolean, uao: boolean): ModelAccess[] {
  const { types, unprivileged, ignoresPan } = OPERATIONS[operation];
  const asEl0 = atEl0 || (unprivileged && !uao);
  return types.map((type) => ({
    type,
    unprivileged: asEl0,
    pan: pan && !asEl0 && !ignoresPan,
    stage1Only: false,
  }));
}

function expectedFault(c: Case, operation: Access, atEl0: boolean, pan: boolean, uao: boolean): Fault | undefined {
  for (const access of accesses(operation, atEl0, pan, uao)) {
    const result = translateAddress(modelRegisters(c), CONFIG, modelMemory(c), regimeOf(c), c.va, access);
    if (!('fault' in result)) continue;
    const { statuscode, level } = result.fault;
    const { maintenance } = OPERATIONS[operation];
    const iss =
      (STATUS[statuscode] + Number(level)) |
      (access.type === 'write' || maintenance ? WNR : 0) |
      (maintenance ? CM : 0);
    return { esr: (((atEl0 ? DATA_ABORT_LOWER : DATA_ABORT_SAME) << 26) | IL | iss) >>> 0, far: c.va };
  }
  return undefined;
}

const operation = fc.constantFrom(...(Object.keys(OPERATIONS) as Access[]));
const cases: fc.Arbitrary<Case> = fc
  .record({
    upper: fc.constantFrom(1 as const, 2 as const),
    atEl0: fc.boolean(),
    first: operation,
    second: operation,
    pan: fc.boolean(),
    uao: fc.boolean(),
    span: fc.boolean(),
    wxn: fc.boolean(),
    ap: fc.nat(3),
    apTable: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
    accessFlag: fc.nat(9).map((n) => n > 0),
    t0sz: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 16, max: 39 }) }, { weight: 1, arbitrary: fc.nat(63) }),
    epd0: fc.nat(9).map((n) => n === 0),
    tbi: fc.boolean(),
    tag: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) }),
  })
  .map(({ tag, ...rest }) => ({ ...rest, va: (BigInt(tag) << 56n) | BigInt(VA_LOW) }));

describe('PAN and UAO', () => {
  const engines = { interp: new PanWorld('interp'), jit: new PanWorld('jit') };

  it('decide as the pseudocode does, below and in the exception handler', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(cases, (c) => {
        const panInHandler = c.pan || !c.span;
        const expected = {
          first: expectedFault(c, c.first, c.atEl0, c.pan, c.uao),
          saved: { pan: c.pan, uao: c.uao },
          entered: { pan: panInHandler, uao: false },
          second: expectedFault(c, c.second, false, panInHandler, false),
        };
        for (const world of Object.values(engines)) expect(world.run(c)).toEqual(expected);
        const { first, second } = expected;
        for (const [el, op, fault] of [
          [c.atEl0 ? 0 : c.upper, c.first, first],
          [c.upper, c.second, second],
        ] as const) {
          const what = `EL${el} ${op} ${fault === undefined ? 'passes' : 'faults'}`;
          seen.set(what, (seen.get(what) ?? 0) + 1);
        }
      }),
      { numRuns: 4000, seed: 22 },
    );
    const goal = Object.keys(OPERATIONS).flatMap((op) =>
      ['passes', 'faults'].flatMap((how) => [0, 1, 2].map((el) => `EL${el} ${op} ${how}`)),
    );
    expect(goal.filter((what) => (seen.get(what) ?? 0) < 20)).toEqual([]);
    expect(engines.jit.regions).toBeGreaterThan(0);
  }, 60_000);
});

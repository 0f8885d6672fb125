/** The walker agrees with the pseudocode model on every access to every random machine. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mmu } from '../../src/mmu/mmu.ts';
import { regimeOf } from '../../src/mmu/regime.ts';
import { PRIVILEGED_ACCESS_NEVER, STAGE1_ONLY, Translation, UNPRIVILEGED } from '../../src/mmu/translation.ts';
import { hiOf, loOf, translationRegisters } from './harness.ts';
import { type ModelResult, translateAddress } from './model.ts';
import * as random from './random.ts';

const KINDS = ['read', 'write', 'fetch'] as const;
const SH = { NSH: 0, OSH: 2, ISH: 3 };

const access = fc.record({
  kind: fc.nat(2),
  unprivileged: fc.boolean(),
  never: fc.boolean(),
  stage1Only: fc.nat(4).map((n) => n === 0),
});

/** What the MMU said, in the model's terms. */
function asModelResult(ok: boolean, out: Translation): unknown {
  if (ok) return { pa: out.pa, ipa: out.ipa, attributes: out.attributes, shareability: out.shareability };
  const { kind, stage, level, s1ptw, ipa } = out.fault;
  return { kind, stage, level, s1ptw, ipa };
}

function expected(result: ModelResult): unknown {
  if ('output' in result) {
    const { paddress, ipaddress, attributes, shareability } = result.output;
    return {
      pa: Number(paddress),
      ipa: Number(ipaddress),
      attributes: Number(attributes),
      shareability: SH[shareability],
    };
  }
  const { statuscode, level, secondstage, s2fs1walk, ipaddress } = result.fault;
  return {
    kind: statuscode,
    stage: secondstage ? 2 : 1,
    level: Number(level),
    s1ptw: s2fs1walk,
    ipa: Number(ipaddress),
  };
}

describe('the walker against the pseudocode', () => {
  it('gives the same output address, memory type and fault', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(random.machine, access, (m, { kind, unprivileged, never, stage1Only }) => {
        const memory = new random.RandomMemory(m.memory);
        const mmu = new Mmu(memory, m.features);
        const regime = regimeOf(translationRegisters(m.registers), m.name, m.features);
        const config = random.modelConfig(m.features);
        const out = new Translation();
        const pan = never && m.name !== 'EL2';
        const word =
          kind |
          (unprivileged ? UNPRIVILEGED : 0) |
          (pan ? PRIVILEGED_ACCESS_NEVER : 0) |
          (stage1Only ? STAGE1_ONLY : 0);
        const model = (va: bigint, type = KINDS[kind]): ModelResult =>
          translateAddress(m.registers, config, (pa) => memory.word(pa), m.name, va, {
            type,
            unprivileged,
            pan,
            stage1Only,
          });
        for (const va of m.vas) {
          const ok = mmu.walk(regime, hiOf(va), loOf(va), word, out);
          expect(asModelResult(ok, out)).toEqual(expected(model(va)));
          const stages = `${regime.stage1On ? 1 : ''}${regime.stage2On ? 2 : ''}`;
          const what = ok ? `ok ${stages}` : `${out.fault.kind} ${out.fault.stage} ${out.fault.s1ptw}`;
          seen.set(what, (seen.get(what) ?? 0) + 1);
          if (!ok) continue;
          expect([out.readable, out.writable, out.executable]).toEqual(KINDS.map((k) => 'output' in model(va, k)));
          // The result holds for the whole range that `shift` promises.
          const { pa, shift } = out;
          const size = 2n ** BigInt(shift);
          const last = va - (va % size) + size - 1n;
          expect(asModelResult(true, out)).toMatchObject({ pa });
          expect(expected(model(last))).toMatchObject({ pa: pa - (pa % Number(size)) + Number(size) - 1 });
        }
      }),
      { numRuns: 6000, seed: 487 },
    );
    // The generators reach every fault of either stage and every way to succeed.
    const kinds = ['translation', 'addressSize', 'accessFlag', 'permission', 'externalOnWalk'];
    const goal = [
      'ok ',
      'ok 1',
      'ok 2',
      'ok 12',
      ...kinds.flatMap((k) => [`${k} 1 false`, `${k} 2 false`, `${k} 2 true`]),
    ];
    expect(goal.filter((what) => (seen.get(what) ?? 0) < 20)).toEqual([]);
  }, 60_000);
});

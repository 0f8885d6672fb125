/**
 * Every system register and System instruction that KVM and Xen execute at EL2 exists, or is UNDEFINED as the ID registers
 * of the model say. The list was recorded in QEMU from Debian's kernel and Xen: `kvm` with a program that uses KVM, `nested`
 * with a second kernel in a VM, `xen` with dom0, on a Cortex-A57; `vhe` as `kvm` on QEMU's `max`, which has more than ours.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeA64 } from '../../../src/cpu/a64/rows.ts';
import { R, X } from '../../../src/cpu/slots.ts';
import { HCR_HI_E2H, HCR_TGE } from '../../../src/mmu/registers.ts';
import { FakeCore } from './fake-core.ts';
import { execute, mrsWord, msrWord } from './words.ts';

const UNDEFINED_ESR = 0x0200_0000n;
const LINE = /^(MRS|MSR|SYS) (\S+) ([^:]+): (.+)$/;
/** The CPU interface of a GICv3 is there on boards that have one. */
const GICV3 = /^IC[CH]_/;
/** SVE, SME, pointer authentication, RAS, LORegions, random numbers and TLBI by range: not in the ID registers of `max`. */
const BEYOND_MAX = /^(ZCR_|SMCR_|SMIDR_|AP[DGI][AB]?KEY|V?DISR_|LORC_|RNDR|TLBI R)/;

const accesses = readFileSync(new URL('guest-accesses.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [, kind, encoding, name, guests] = LINE.exec(line) as unknown as string[];
    return { kind: kind as 'MRS' | 'MSR' | 'SYS', encoding, name, guests: guests.split(' ') };
  })
  .filter(({ name }) => !GICV3.test(name));

function isUndefined(kind: 'MRS' | 'MSR' | 'SYS', encoding: string, vhe: boolean): boolean {
  const core = new FakeCore({ cpu: vhe ? 'max' : 'cortex-a57' }).at(2);
  if (vhe) core.state.set64(R.HCR_EL2, HCR_HI_E2H, HCR_TGE);
  const word = kind === 'MRS' ? mrsWord(encoding) : msrWord(encoding);
  // Some registers have instructions of their own, which need no look-up.
  if (/\((FP[CS]R)\)/.test(decodeA64(word)?.name ?? '')) return false;
  execute(core, encoding === 'S1_3_C7_C4_1' ? 'DC_ZVA' : kind, word);
  return core.reg('ESR_EL2') === UNDEFINED_ESR;
}

describe.each([
  ['kvm', 181],
  ['nested', 211],
  ['xen', 180],
  ['vhe', 224],
] as const)('%s', (guest, count) => {
  const used = accesses.filter(({ guests }) => guests.includes(guest));
  it('makes all of its accesses', () => expect(used).toHaveLength(count));
  it.each(used)('$kind $name', ({ kind, encoding, name }) => {
    const vhe = guest === 'vhe';
    expect(isUndefined(kind, encoding, vhe)).toBe(vhe && BEYOND_MAX.test(name));
  });
});

// DDI 0487: "This register is present only when FEAT_AA32EL1 is implemented."
describe('registers of AArch32 state without AArch32 at EL1', () => {
  it.each(['DACR32_EL2', 'IFSR32_EL2', 'FPEXC32_EL2', 'DBGVCR32_EL2'])('%s is UNDEFINED', (name) => {
    const encoding = name === 'FPEXC32_EL2' ? 'S3_4_C5_C3_0' : name;
    expect([isUndefined('MRS', encoding, false), isUndefined('MSR', encoding, false)]).toEqual([true, true]);
  });

  it.each(['SPSR_abt', 'SPSR_und', 'SPSR_irq', 'SPSR_fiq'])('%s is RES0', (name) => {
    const core = new FakeCore().at(2).x(0, 0xffff_ffffn);
    execute(core, 'MSR', msrWord(name));
    core.at(2);
    execute(core, 'MRS', mrsWord(name, 1));
    expect([core.state.get(X[1]), core.reg('ESR_EL2')]).toEqual([0n, 0n]);
  });
});

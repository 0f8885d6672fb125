/** Traps of registers and System instructions: syndromes as QEMU reports them, and each control by itself. */

import { describe, expect, it } from 'vitest';
import { SYSTEM_INSTRUCTIONS } from '../../../src/arch/sysregs/instructions.ts';
import { REGISTERS } from '../../../src/arch/sysregs/registers.ts';
import { NEVER, type TrapName } from '../../../src/arch/sysregs/row.ts';
import type { CalloutName } from '../../../src/cpu/callout-names.ts';
import { LEAVE } from '../../../src/cpu/core.ts';
import { R, type SysregSlot } from '../../../src/cpu/slots.ts';
import { CODE, FakeCore } from './fake-core.ts';
import { brk, execute, hvc, mrsWord, msrWord, smc, svc, WFE, WFI } from './words.ts';

const HCR_ALL = [13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 30].reduce(
  (all, bit) => all | (1n << BigInt(bit)),
  0n,
);

/** Words executed at EL1 in QEMU 7.2 under HCR_ALL, MDCR_EL2 = 0xf00, CPTR_EL2.TCPAC = 1, CNTHCTL_EL2 = 0; ESR_EL2. */
const RECORDED: [CalloutName, number, bigint][] = [
  ['HVC', 0xd4024682, 0x5a001234n],
  ['SMC', 0xd40000e3, 0x5e000007n],
  ['WFI', 0xd503207f, 0x07e00000n],
  ['MRS', 0xd5380400, 0x62300009n],
  ['MRS', 0xd53807e0, 0x623e000fn],
  ['MSR', 0xd5181005, 0x623004a0n],
  ['MRS', 0xd5382046, 0x623408c1n],
  ['MSR', 0xd5181027, 0x623204e0n],
  ['SYS', 0xd5088329, 0x62122126n],
  ['SYS', 0xd508871f, 0x621023een],
  ['DC_ZVA', 0xd50b742a, 0x6212dd48n],
  ['SYS', 0xd5087e4b, 0x62141d7cn],
  ['SYS', 0xd50b7e2c, 0x6212dd9cn],
  ['SYS', 0xd50b752d, 0x6212ddaan],
  ['SYS', 0xd508751f, 0x62101fean],
  ['MRS', 0xd53b0020, 0x6232c001n],
  ['MSR', 0xd51a000e, 0x623081c0n],
  ['MRS', 0xd53900e0, 0x623e4001n],
  ['MRS', 0xd53be020, 0x6232f801n],
  ['MSR', 0xd518104f, 0x623405e0n],
  ['MRS', 0xd5300250, 0x62240205n],
  ['MSR', 0xd5101091, 0x62280620n],
  ['BRK', 0xd42000a0, 0xf2000005n],
  ['MSR', 0xd5185212, 0x62301644n],
];

describe('syndromes of traps to EL2', () => {
  it.each(RECORDED.map(([name, word, esr]) => [`${name} ${word.toString(16)}`, name, word, esr] as const))(
    '%s',
    (_title, name, word, esr) => {
      const core = new FakeCore()
        .at(1)
        .with('HCR_EL2', HCR_ALL)
        .with('MDCR_EL2', 0xf00n)
        .with('CPTR_EL2', 1n << 31n);
      core.state.set64(R.CNTHCTL_EL2, 0, 0);
      expect(execute(core, name, word)).toBe(LEAVE);
      expect(core.reg('ESR_EL2').toString(16)).toBe(esr.toString(16));
      expect(core.reg('ELR_EL2')).toBe(name === 'HVC' ? CODE + 4n : CODE);
    },
  );
});

/** Controls of EL2 by the manual: register, bit, value that traps, and the accesses that it traps. */
const CONTROLS: Partial<Record<TrapName, [SysregSlot, bigint, ('read' | 'write')[]]>> = {
  TVM: ['HCR_EL2', 1n << 26n, ['write']],
  TRVM: ['HCR_EL2', 1n << 30n, ['read']],
  TACR: ['HCR_EL2', 1n << 21n, ['read', 'write']],
  TID1: ['HCR_EL2', 1n << 16n, ['read', 'write']],
  TID2: ['HCR_EL2', 1n << 17n, ['read', 'write']],
  TID3: ['HCR_EL2', 1n << 18n, ['read', 'write']],
  TCPAC: ['CPTR_EL2', 1n << 31n, ['read', 'write']],
  TDA: ['MDCR_EL2', 1n << 9n, ['read', 'write']],
  TDOSA: ['MDCR_EL2', 1n << 10n, ['read', 'write']],
  TDRA: ['MDCR_EL2', 1n << 11n, ['read', 'write']],
  TPM: ['MDCR_EL2', 1n << 6n, ['read', 'write']],
  TPMCR: ['MDCR_EL2', 1n << 5n, ['read', 'write']],
};

/** Registers that each control traps (DDI 0487, field descriptions of HCR_EL2, CPTR_EL2 and MDCR_EL2). */
const MEMBERS: Partial<Record<TrapName, RegExp>> = {
  TVM: /^(SCTLR|TTBR[01]|TCR|ESR|FAR|AFSR[01]|MAIR|AMAIR|CONTEXTIDR)_EL1$/,
  TRVM: /^(SCTLR|TTBR[01]|TCR|ESR|FAR|AFSR[01]|MAIR|AMAIR|CONTEXTIDR)_EL1$/,
  TACR: /^ACTLR_EL1$/,
  TID1: /^(REVIDR|AIDR)_EL1$/,
  TID2: /^(CTR_EL0|CCSIDR_EL1|CLIDR_EL1|CSSELR_EL1)$/,
  TID3: /^(ID_\w+|MVFR\d)_EL1$/,
  TCPAC: /^CPACR_EL1$/,
  TDA: /^(MD(SCR|CCINT)_EL1|MDCCSR_EL0|DBGDTR(RX)?_EL0|OSDTR[RT]X_EL1|OSECCR_EL1|DBG[BW][VC]R\d_EL1|DBGCLAIM(SET|CLR)_EL1|DBGAUTHSTATUS_EL1)$/,
  TDOSA: /^(OSLAR|OSLSR|OSDLR|DBGPRCR)_EL1$/,
  TDRA: /^MDRAR_EL1$/,
  TPM: /^PM\w+_EL[01]$/,
  TPMCR: /^PMCR_EL0$/,
};

describe.each(Object.keys(MEMBERS) as TrapName[])('%s', (trap) => {
  const [register, bit, directions] = CONTROLS[trap] ?? ['HCR_EL2', 0n, []];
  it('traps its registers at EL1, no others, and nothing at EL2', () => {
    for (const row of REGISTERS) {
      for (const kind of ['read', 'write'] as const) {
        if (row[kind] === NEVER || row[kind] > 1 || row.name === 'RVBAR_EL1') continue;
        const expected = MEMBERS[trap]?.test(row.name) === true && directions.includes(kind);
        for (const el of [1, 2] as const) {
          const core = new FakeCore().at(el).with(register, bit);
          execute(core, kind === 'read' ? 'MRS' : 'MSR', (kind === 'read' ? mrsWord : msrWord)(row.name));
          expect([row.name, kind, el, core.reg('ESR_EL2') >> 26n === 0x18n]).toEqual([
            row.name,
            kind,
            el,
            expected && el === 1,
          ]);
        }
      }
    }
  });
});

/** System instructions that each bit of HCR_EL2 traps at EL1. */
const OPERATIONS: [string, bigint, RegExp][] = [
  ['TSW', 1n << 22n, /^DC \w+SW$/],
  ['TPC', 1n << 23n, /^DC (IVAC|CVAC|CIVAC)$/],
  ['TPU', 1n << 24n, /^(IC \w+|DC CVAU)$/],
  ['TTLB', 1n << 25n, /^TLBI \w+E1(IS)?$/],
  ['TDZ', 1n << 28n, /^DC ZVA$/],
];

describe.each(OPERATIONS)('%s', (_name, bit, members) => {
  it('traps its System instructions at EL1 and no others', () => {
    for (const row of SYSTEM_INSTRUCTIONS) {
      if (row.el === 2) continue;
      const core = new FakeCore().at(1).with('HCR_EL2', bit);
      execute(core, row.operation === 'zero' ? 'DC_ZVA' : 'SYS', msrWord(row.name));
      expect([row.name, core.reg('ESR_EL2') >> 26n === 0x18n]).toEqual([row.name, members.test(row.name)]);
    }
  });
});

describe('MDCR_EL2.TDE', () => {
  it.each(['MDSCR_EL1', 'OSLSR_EL1', 'MDRAR_EL1'])('traps %s like the control of its own', (name) => {
    const core = new FakeCore().at(1).with('MDCR_EL2', 1n << 8n);
    expect(execute(core, 'MRS', mrsWord(name))).toBe(LEAVE);
    expect(core.reg('ESR_EL2') >> 26n).toBe(0x18n);
  });
});

/** Bits of EL2's control registers that route, change translation or concern AArch32, and trap no A64 instruction. */
const NO_TRAPS: [SysregSlot, bigint][] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 31, 32, 33].map((bit): [SysregSlot, bigint] => [
    'HCR_EL2',
    1n << BigInt(bit),
  ]),
  ['HSTR_EL2', 0xffff_ffffn],
  ['HACR_EL2', 0xffff_ffffn],
];

describe('traps nothing', () => {
  /** What every register access, System instruction and call does at an EL: the syndromes that it leaves. */
  function outcomes(el: 0 | 1, register?: SysregSlot, bits = 0n): string[] {
    const words: [CalloutName, number][] = [
      ...REGISTERS.flatMap((row): [CalloutName, number][] => [
        ['MRS', mrsWord(row.name)],
        ['MSR', msrWord(row.name)],
      ]),
      ...SYSTEM_INSTRUCTIONS.filter(({ operation }) => operation === 'tlbi' || operation === 'cache').map(
        (row): [CalloutName, number] => ['SYS', msrWord(row.name)],
      ),
      ['SVC', svc(1)],
      ['HVC', hvc(1)],
      ['SMC', smc(1)],
      ['BRK', brk(1)],
      ['WFI', WFI],
      ['WFE', WFE],
    ];
    return words.map(([name, word]) => {
      const core = new FakeCore().at(el);
      if (register !== undefined) core.with(register, bits);
      execute(core, name, word);
      return `${name} ${word.toString(16)} ${core.reg('ESR_EL1')} ${core.reg('ESR_EL2')} ${core.waiting}`;
    });
  }
  const plain = { 0: outcomes(0), 1: outcomes(1) };

  it.each(NO_TRAPS.map(([register, bits]) => ({ register, bits: `0x${bits.toString(16)}`, value: bits })))(
    '$register = $bits',
    ({ register, value }) => {
      for (const el of [0, 1] as const) expect(outcomes(el, register, value)).toEqual(plain[el]);
    },
  );
});

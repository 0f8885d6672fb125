/** The Performance Monitors: registers, what counts when, overflow and its interrupt, EL2's share. */

import { describe, expect, it } from 'vitest';
import { EVENT_COUNTERS } from '../../../src/arch/sysregs/registers.ts';
import { LEAVE, NEXT } from '../../../src/cpu/core.ts';
import { CPU_MODELS, cpuModel } from '../../../src/cpu/models.ts';
import { R, type SysregSlot, X } from '../../../src/cpu/slots.ts';
import { PHYSICAL_IRQ } from '../../../src/cpu/system/exception-kinds.ts';
import { exceptionReturn } from '../../../src/cpu/system/exception-return.ts';
import { NO_SYNDROME, takeException, undefinedInstruction, VECTOR_IRQ } from '../../../src/cpu/system/exceptions.ts';
import { FakeCore } from './fake-core.ts';
import { execute, read, svc, write } from './words.ts';

const ENABLE = 1n;
const CYCLES = 1n << 31n;
const FILTER_P = 1n << 31n;
const FILTER_U = 1n << 30n;
const FILTER_NSH = 1n << 27n;
const INST_RETIRED = 8n;
const EXC_TAKEN = 9n;
const EXC_RETURN = 10n;
const CPU_CYCLES = 0x11n;
const CHAIN = 0x1en;
const WRAP = 0xffff_ffffn;

const value = (core: FakeCore, name: string): bigint => {
  expect(read(core, name)).toBe(NEXT);
  return core.state.get(X[0]);
};
/** A core with registers written in order, each at the next nanosecond. */
function core(el: 0 | 1 | 2, registers: Record<string, bigint> = {}, options: { el2?: boolean } = {}): FakeCore {
  const made = new FakeCore(options).at(el);
  for (const [name, bits] of Object.entries(registers)) {
    expect(write(made, name, bits)).toBe(LEAVE);
    made.time++;
  }
  return made;
}
/** Counter 0 counts an event, and the cycle counter counts, from the last write on. */
const counting = (type: bigint, more: Record<string, bigint> = {}): Record<string, bigint> => ({
  PMEVTYPER0_EL0: type,
  PMCNTENSET_EL0: 1n | CYCLES,
  ...more,
  PMCR_EL0: ENABLE,
});

describe('the registers', () => {
  it('have as many counters as every model announces', () => {
    for (const name of CPU_MODELS) {
      const id = cpuModel(name)?.idRegisters;
      expect([(id?.PMCR_EL0.lo ?? 0) >>> 11, (id?.ID_AA64DFR0_EL1.lo ?? 0) & 0xf00]).toEqual([
        (((id?.PMCR_EL0.lo ?? 0) >>> 16) << 5) | EVENT_COUNTERS,
        0x100,
      ]);
    }
  });

  it('PMCEID0_EL0 lists the events that are counted', () => {
    expect(value(core(1), 'PMCEID0_EL0')).toBe(0x4002_0701n);
  });

  it('PMCR_EL0 keeps E, D, X and DP; LC is RES1, P and C read as zero', () => {
    expect(value(core(1, { PMCR_EL0: 0xffff_ffffn }), 'PMCR_EL0')).toBe(0x4101_3079n);
    expect(value(core(1, { PMCR_EL0: 0n }), 'PMCR_EL0')).toBe(0x4101_3040n);
  });

  it('PMEVTYPER has NSH where EL2 is', () => {
    const type = { PMEVTYPER5_EL0: 0xffff_ffffn, PMCCFILTR_EL0: 0xffff_ffffn };
    expect(value(core(1, type), 'PMEVTYPER5_EL0')).toBe(FILTER_P | FILTER_U | FILTER_NSH | 0x3ffn);
    const without = core(1, type, { el2: false });
    expect(value(without, 'PMEVTYPER5_EL0')).toBe(FILTER_P | FILTER_U | 0x3ffn);
    expect(value(without, 'PMCCFILTR_EL0')).toBe(FILTER_P | FILTER_U);
  });

  it('a selector beyond the counters selects nothing', () => {
    const beyond = core(1, { PMSELR_EL0: 6n, PMXEVCNTR_EL0: 5n, PMXEVTYPER_EL0: 5n });
    expect([value(beyond, 'PMXEVCNTR_EL0'), value(beyond, 'PMXEVTYPER_EL0')]).toEqual([0n, 0n]);
  });
});

describe('counting', () => {
  it('starts after the MSR that enables, and includes the one that disables', () => {
    const c = core(1, counting(INST_RETIRED));
    c.time += 99;
    expect([value(c, 'PMCCNTR_EL0'), value(c, 'PMEVCNTR0_EL0')]).toEqual([99n, 99n]);
    write(c, 'PMCR_EL0', 0n);
    c.time += 50;
    expect([value(c, 'PMCCNTR_EL0'), value(c, 'PMEVCNTR0_EL0')]).toEqual([100n, 100n]);
  });

  it('needs the event, the counter and PMCR_EL0.E', () => {
    for (const registers of [counting(0x12n), { ...counting(CPU_CYCLES), PMCNTENSET_EL0: 2n }]) {
      const c = core(1, registers);
      c.time += 99;
      expect(value(c, 'PMEVCNTR0_EL0')).toBe(0n);
    }
  });

  it.each([
    [0, 0n, true],
    [1, 0n, true],
    [2, 0n, false],
    [0, FILTER_U, false],
    [1, FILTER_U, true],
    [0, FILTER_P, true],
    [1, FILTER_P, false],
    [2, FILTER_NSH | FILTER_P | FILTER_U, true],
  ] as const)('at EL%i with filter %i', (el, filter, counted) => {
    const c = core(1, counting(CPU_CYCLES | filter, { PMCCFILTR_EL0: filter }));
    c.pmu.sync(1);
    const before = [c.reg('PMEVCNTR0_EL0'), c.reg('PMCCNTR_EL0')];
    c.at(el);
    c.time += 11;
    c.pmu.sync(1);
    const after = [c.reg('PMEVCNTR0_EL0'), c.reg('PMCCNTR_EL0')];
    expect(after.map((count, i) => count - before[i])).toEqual(counted ? [11n, 11n] : [0n, 0n]);
  });

  it('an instruction counts where it executed, one that an exception undoes not at all', () => {
    const at = (type: bigint, event: (c: FakeCore) => void) => {
      const c = core(1, counting(type));
      c.pmu.sync(1);
      c.at(0);
      c.time += 10;
      event(c);
      c.time += 5;
      c.pmu.sync(0);
      return c.reg('PMEVCNTR0_EL0');
    };
    // The tenth instruction of EL0 is the one that takes the exception; five more follow at EL1.
    expect(at(INST_RETIRED | FILTER_P, (c) => execute(c, 'SVC', svc(0)))).toBe(10n);
    expect(at(INST_RETIRED | FILTER_P, undefinedInstruction)).toBe(9n);
    expect(at(INST_RETIRED | FILTER_U, (c) => execute(c, 'SVC', svc(0)))).toBe(5n);
    expect(at(INST_RETIRED | FILTER_U, undefinedInstruction)).toBe(5n);
    expect(at(EXC_TAKEN | FILTER_P, undefinedInstruction)).toBe(1n);
    expect(at(EXC_TAKEN | FILTER_U, undefinedInstruction)).toBe(0n);
    expect(at(EXC_TAKEN, (c) => takeException(c, PHYSICAL_IRQ, 1, VECTOR_IRQ, NO_SYNDROME, undefined))).toBe(1n);
  });

  it('ERET is an event of the EL that it leaves', () => {
    const returns = (filter: bigint) => {
      const c = core(1, counting(EXC_RETURN | filter));
      exceptionReturn(c);
      return c.reg('PMEVCNTR0_EL0');
    };
    expect([returns(FILTER_U), returns(FILTER_P)]).toEqual([1n, 0n]);
  });

  it('SW_INCR counts in the counters that select it', () => {
    const c = core(1, counting(0n, { PMEVTYPER1_EL0: INST_RETIRED, PMCNTENSET_EL0: 5n }));
    write(c, 'PMSWINC_EL0', 0b011n);
    expect([c.reg('PMEVCNTR0_EL0'), c.reg('PMEVCNTR1_EL0'), c.reg('PMEVCNTR2_EL0')]).toEqual([1n, 0n, 0n]);
  });
});

describe('overflow', () => {
  it('sets the bit of the counter', () => {
    const c = core(1, counting(CPU_CYCLES, { PMEVCNTR0_EL0: WRAP - 9n, PMCCNTR_EL0: (1n << 64n) - 10n }));
    c.time += 9;
    expect(value(c, 'PMOVSSET_EL0')).toBe(0n);
    c.time += 1;
    expect(value(c, 'PMOVSSET_EL0')).toBe(1n | CYCLES);
    expect([value(c, 'PMEVCNTR0_EL0'), value(c, 'PMCCNTR_EL0')]).toEqual([0n, 0n]);
  });

  it('the cycle counter has 64 bits', () => {
    const c = core(1, counting(0n, { PMCCNTR_EL0: WRAP }));
    c.time += 1;
    expect([value(c, 'PMCCNTR_EL0'), value(c, 'PMOVSSET_EL0')]).toEqual([1n << 32n, 0n]);
  });

  it('CHAIN counts those of the even counter before it', () => {
    const chain = { PMEVTYPER1_EL0: CHAIN, PMEVTYPER2_EL0: CHAIN, PMCNTENSET_EL0: 7n, PMEVCNTR0_EL0: WRAP };
    const c = core(1, counting(CPU_CYCLES, chain));
    c.time += 1;
    expect([value(c, 'PMEVCNTR1_EL0'), value(c, 'PMEVCNTR2_EL0')]).toEqual([1n, 0n]);
    const filtered = core(1, counting(CPU_CYCLES, { ...chain, PMEVTYPER1_EL0: CHAIN | FILTER_P }));
    filtered.time += 1;
    expect(value(filtered, 'PMEVCNTR1_EL0')).toBe(0n);
  });

  it('asserts the interrupt while enabled, and says how long it stays away', () => {
    const c = core(1, counting(CPU_CYCLES, { PMEVCNTR0_EL0: WRAP - 99n }));
    expect([c.pmu.remainingNs, c.pmuLine]).toEqual([Number.POSITIVE_INFINITY, false]);
    write(c, 'PMINTENSET_EL1', 1n);
    // The MSR itself has been counted.
    expect(c.pmu.remainingNs).toBe(99);
    c.time += 100;
    c.pmu.sync(0);
    expect(c.pmuLine).toBe(true);
    write(c, 'PMCR_EL0', 0n);
    expect(c.pmuLine).toBe(false);
    write(c, 'PMCR_EL0', ENABLE);
    expect(c.pmuLine).toBe(true);
    write(c, 'PMOVSCLR_EL0', 1n);
    expect(c.pmuLine).toBe(false);
  });

  it('is awaited in the counter before a chained one, and for 64 bits in the cycle counter', () => {
    const c = core(1, counting(CPU_CYCLES, { PMEVTYPER1_EL0: CHAIN, PMCNTENSET_EL0: 3n, PMINTENSET_EL1: 2n }));
    expect(c.pmu.remainingNs).toBe(2 ** 32);
    const cycles = core(1, counting(0n, { PMINTENSET_EL1: CYCLES, PMCCNTR_EL0: (1n << 64n) - 1000n }));
    expect(cycles.pmu.remainingNs).toBe(1000);
  });
});

describe("EL2's share", () => {
  const share = (el: 1 | 2) => {
    const c = core(2, { PMCNTENSET_EL0: 0x8000_003fn, PMEVCNTR1_EL0: 7n, PMEVCNTR2_EL0: 8n, MDCR_EL2: 2n });
    return c.at(el);
  };

  it('is what MDCR_EL2.HPMN leaves: EL1 neither sees nor changes it', () => {
    const c = share(1);
    expect(value(c, 'PMCR_EL0') & 0xf800n).toBe(2n << 11n);
    expect(value(c, 'PMCNTENSET_EL0')).toBe(0x8000_0003n);
    expect([value(c, 'PMEVCNTR1_EL0'), value(c, 'PMEVCNTR2_EL0')]).toEqual([7n, 0n]);
    write(c, 'PMEVCNTR2_EL0', 1n);
    write(c, 'PMCNTENCLR_EL0', 0xffff_ffffn);
    write(c, 'PMCR_EL0', 2n);
    c.at(2);
    expect([value(c, 'PMEVCNTR1_EL0'), value(c, 'PMEVCNTR2_EL0')]).toEqual([0n, 8n]);
    expect([value(c, 'PMCNTENSET_EL0'), value(c, 'PMCR_EL0') & 0xf800n]).toEqual([0x3cn, 6n << 11n]);
  });

  it('is enabled by HPME, not by PMCR_EL0.E', () => {
    const c = share(2);
    const count = (mdcr: bigint, pmcr: bigint) => {
      write(c, 'MDCR_EL2', mdcr);
      write(c, 'PMCR_EL0', pmcr | 2n);
      write(c, 'PMEVTYPER1_EL0', FILTER_NSH);
      write(c, 'PMEVTYPER2_EL0', FILTER_NSH);
      write(c, 'PMSWINC_EL0', 6n);
      return [value(c, 'PMEVCNTR1_EL0'), value(c, 'PMEVCNTR2_EL0')];
    };
    expect([count(2n, 1n), count(0x82n, 0n), count(0x82n, 1n), count(2n, 0n)]).toEqual([
      [1n, 0n],
      [0n, 1n],
      [1n, 1n],
      [0n, 0n],
    ]);
  });

  it('is nothing after reset', () => {
    expect(value(core(2), 'MDCR_EL2')).toBe(6n);
  });
});

/** EL0's accesses by PMUSERENR_EL0: register, bits that open it to reads, to writes; undefined: no such access. */
const EL0: [name: string, read: bigint | undefined, write: bigint | undefined][] = [
  ['PMCR_EL0', 1n, 1n],
  ['PMSWINC_EL0', undefined, 3n],
  ['PMSELR_EL0', 9n, 9n],
  ['PMCCNTR_EL0', 5n, 1n],
  ['PMXEVCNTR_EL0', 9n, 1n],
  ['PMEVCNTR5_EL0', 9n, 1n],
  ['PMXEVTYPER_EL0', 1n, 1n],
  ['PMCEID0_EL0', 1n, undefined],
];

describe('EL0', () => {
  it.each(EL0)('%s needs PMUSERENR_EL0', (name, reads, writes) => {
    for (let bits = 0n; bits < 16n; bits++) {
      const open = (): FakeCore => {
        const c = new FakeCore().at(0);
        c.state.set(R['PMUSERENR_EL0' satisfies SysregSlot], bits);
        return c;
      };
      const traps = (c: FakeCore) => c.reg('ESR_EL1') >> 26n === 0x18n;
      const [reader, writer] = [open(), open()];
      read(reader, name);
      write(writer, name, 0n);
      if (reads !== undefined) expect([bits, traps(reader)]).toEqual([bits, (bits & reads) === 0n]);
      if (writes !== undefined) expect([bits, traps(writer)]).toEqual([bits, (bits & writes) === 0n]);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CpuPower, psci, psciName } from '../../src/arch/psci.ts';

/** Four CPUs: 0 runs, 1 is off, 2 is on its way, 0x1_0000_0003 (Aff3 = 1) is off. */
const power = new Map<number, CpuPower>([
  [0, 'on'],
  [1, 'off'],
  [2, 'pending'],
  [0x1_0000_0003, 'off'],
]);
const ports = { cpuPower: (aff3: number, aff210: number) => power.get(aff3 * 2 ** 32 + aff210) };

/** A call with X1 to X3 as numbers below 2^53. */
function call(id: number, ...x: number[]) {
  const half = (i: number): [number, number] => [Math.floor((x[i] ?? 0) / 2 ** 32), (x[i] ?? 0) % 2 ** 32];
  const [[x1Hi, x1Lo], [x2Hi, x2Lo], [x3Hi, x3Lo]] = [half(0), half(1), half(2)];
  return psci({ function: id, x1Hi, x1Lo, x2Hi, x2Lo, x3Hi, x3Lo }, ports);
}
const status = (value: number) => ({ action: 'return', status: value });

describe('PSCI', () => {
  it.each([
    ['PSCI_VERSION is 1.1', 0x8400_0000, [], 0x1_0001],
    ['SMCCC_VERSION is 1.1', 0x8000_0000, [], 0x1_0001],
    ['MIGRATE_INFO_TYPE: no trusted OS', 0x8400_0006, [], 2],
    ['MIGRATE', 0xc400_0005, [0], -1],
    ['PSCI_VERSION has no SMC64 form', 0xc400_0000, [], -1],
    ['a vendor call', 0x8600_0000, [], -1],
    ['zero', 0, [], -1],
    ['PSCI_FEATURES of CPU_ON', 0x8400_000a, [0xc400_0003], 0],
    ['PSCI_FEATURES of SYSTEM_SUSPEND', 0x8400_000a, [0xc400_000e], -1],
    ['PSCI_FEATURES of SMCCC_VERSION', 0x8400_000a, [0x8000_0000], 0],
    ['SMCCC_ARCH_FEATURES of itself', 0x8000_0001, [0x8000_0001], 0],
    ['SMCCC_ARCH_FEATURES of a work-around', 0x8000_0001, [0x8000_8000], -1],
    ['SMCCC_ARCH_FEATURES of a PSCI call', 0x8000_0001, [0x8400_0000], -1],
    ['CPU_ON of a CPU that runs', 0xc400_0003, [0, 0x4000_0000], -4],
    ['CPU_ON of a CPU on its way', 0xc400_0003, [2, 0x4000_0000], -5],
    ['CPU_ON of no CPU', 0xc400_0003, [9, 0x4000_0000], -2],
    ['CPU_ON with MPIDR bit 31', 0xc400_0003, [0x8000_0000], -2],
    ['CPU_ON with bits above Aff3', 0xc400_0003, [0x100_0000_0000], -2],
    ['AFFINITY_INFO on', 0xc400_0004, [0, 0], 0],
    ['AFFINITY_INFO off', 0x8400_0004, [1, 0], 1],
    ['AFFINITY_INFO pending', 0xc400_0004, [2, 0], 2],
    ['AFFINITY_INFO of a cluster', 0xc400_0004, [0, 1], -2],
    ['AFFINITY_INFO of no CPU', 0xc400_0004, [7, 0], -2],
    ['CPU_SUSPEND to power-down of a cluster', 0xc400_0001, [0x0101_0000], -2],
  ])('%s', (_, id, x, expected) => {
    expect(call(id, ...x)).toEqual(status(expected));
  });

  it('asks for what only the machine can do', () => {
    expect(call(0x8400_0008)).toEqual({ action: 'systemOff' });
    expect(call(0x8400_0009)).toEqual({ action: 'systemReset' });
    expect(call(0x8400_0002)).toEqual({ action: 'cpuOff' });
    expect(call(0xc400_0001, 0x1_0000)).toEqual({ action: 'suspend' });
  });

  it('takes 64-bit arguments in the SMC64 form and 32-bit ones in the SMC32 form', () => {
    const entry = { entryHi: 2, entryLo: 0x4000_0000, contextHi: 3, contextLo: 7 };
    const x = [0x1_0000_0003, 0x2_4000_0000, 0x3_0000_0007];
    expect(call(0xc400_0003, ...x)).toEqual({ action: 'cpuOn', aff3: 1, aff210: 3, ...entry });
    expect(call(0x8400_0003, 0x1_0000_0001, x[1], x[2])).toEqual({
      action: 'cpuOn',
      aff3: 0,
      aff210: 1,
      entryHi: 0,
      entryLo: 0x4000_0000,
      contextHi: 0,
      contextLo: 7,
    });
  });

  it('names its functions', () => {
    expect(psciName(0xc400_0003)).toBe('CPU_ON');
    expect(psciName(0x8400_0008 | 0)).toBe('SYSTEM_OFF');
    expect(psciName(0x1234)).toBeUndefined();
  });

  it('does not support any other function', () => {
    const half = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(
        half.filter((id) => psciName(id) === undefined),
        half,
        half,
        (id, x1Hi, x1Lo) => {
          const result = psci({ function: id, x1Hi, x1Lo, x2Hi: 0, x2Lo: 0, x3Hi: 0, x3Lo: 0 }, ports);
          expect(result).toEqual(status(-1));
        },
      ),
    );
  });
});

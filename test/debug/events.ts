/** One event of each kind, with a two-stage walk, for golden texts. */

import type { TraceEvent, WalkStepEvent } from '../../src/arch/trace.ts';
import type { WalkRecord } from '../../src/debug/explain.ts';

function step(
  stage: 1 | 2,
  level: number,
  space: 'PA' | 'IPA',
  table: number,
  index: number,
  value: bigint,
  kind: WalkStepEvent['kind'],
): WalkStepEvent {
  return {
    category: 'mmu',
    type: 'step',
    stage,
    level,
    granuleShift: 12,
    kind,
    tableAddress: table,
    descriptorAddress: table + index * 8,
    descriptorSpace: space,
    descriptorHi: Number(value >> 32n),
    descriptorLo: Number(value & 0xffff_ffffn),
  };
}

/** VA 0x40201234: stage 1 maps 2 MiB; the table and the output lie in one stage-2 block. */
export const walkRecord: WalkRecord = {
  walk: {
    category: 'mmu',
    type: 'walk',
    va: 0x4020_1234n,
    regime: 'EL1&0',
    access: 'write',
    unprivileged: false,
    asid: 1,
    vmid: 2,
  },
  steps: [
    step(2, 1, 'PA', 0x8000_0000, 1, 0x0000_0000_8800_07fdn, 'block'),
    step(1, 2, 'IPA', 0x4008_1000, 1, 0x0060_0000_4020_0711n, 'block'),
    step(2, 1, 'PA', 0x8000_0000, 1, 0x0000_0000_8800_07fdn, 'block'),
  ],
  result: {
    category: 'mmu',
    type: 'result',
    va: 0x4020_1234n,
    ok: true,
    ipa: 0x4020_1234,
    pa: 0x8020_1234,
    attributes: 'Normal WB inner shareable',
    fault: undefined,
  },
};

/** The same VA when stage 2 has no table: the stage-1 descriptor cannot be read. */
export const failingRecord: WalkRecord = {
  walk: walkRecord.walk,
  steps: [step(2, 1, 'PA', 0x8000_0000, 1, 0n, 'invalid')],
  result: {
    ...walkRecord.result,
    ok: false,
    ipa: 0x4008_1008,
    pa: undefined,
    attributes: '',
    fault: 'stage 2 translation fault, level 1, on a stage-1 table walk',
  },
};

export const events: TraceEvent[] = [
  { category: 'in_asm', type: 'block', instructions: [{ va: 0x4008_0024n, word: 0xd400_00e2 | 0 }] },
  { category: 'exec', type: 'block', va: 0x4008_0024n, pa: 0x8008_0024, count: 1 },
  {
    category: 'int',
    type: 'exception',
    number: 11,
    name: 'Hypervisor Call',
    fromEl: 1,
    toEl: 2,
    esr: 0x5a00_0007,
    far: undefined,
    elr: 0x4008_0028n,
    targetPc: 0x4008_0c00n,
    pstate: 0x3c9,
    routing: 'HVC',
  },
  {
    category: 'int',
    type: 'exception',
    number: 5,
    name: 'IRQ',
    fromEl: 0,
    toEl: 1,
    esr: undefined,
    far: undefined,
    elr: 0x10n,
    targetPc: 0x4008_0a80n,
    pstate: 0x8000_03c5 | 0,
    routing: 'EL1 by default',
  },
  { category: 'int', type: 'return', fromEl: 2, toEl: 1, pc: 0x4008_0028n },
  walkRecord.walk,
  ...walkRecord.steps,
  walkRecord.result,
  failingRecord.result,
  {
    category: 'tlb',
    type: 'fill',
    regime: 'EL1&0',
    space: 'VA',
    address: 0x4020_1000n,
    pa: 0x8020_1000,
    bytes: 4096,
    asid: 1,
    vmid: 2,
  },
  {
    category: 'tlb',
    type: 'evict',
    regime: 'EL2',
    space: 'IPA',
    address: 0n,
    pa: 0,
    bytes: 0x20_0000,
    asid: 'global',
    vmid: 0,
  },
  {
    category: 'tlb',
    type: 'invalidate',
    operation: 'VAE1',
    asid: 1,
    vmid: 2,
    address: 0x4020_1000n,
    dropped: 1,
  },
  {
    category: 'tlb',
    type: 'invalidate',
    operation: 'ALLE1',
    asid: undefined,
    vmid: undefined,
    address: undefined,
    dropped: 30,
  },
  {
    category: 's2fault',
    type: 'fault',
    vm: 'a',
    ipa: 0x5000_0000,
    access: 'read',
    kind: 'translation fault',
    level: 3,
    action: 'mapped 4 KiB',
  },
  { category: 'sysreg', type: 'write', name: 'VBAR_EL2', value: 0x4008_0800n, el: 2, pc: 0x4008_0004n },
  { category: 'mmio', type: 'write', device: 'pl011', pa: 0x900_0000, offset: 0, size: 1, value: 0x41 },
  { category: 'hyp', type: 'exit', vm: 'a', vcpu: 0, text: 'HVC #7' },
  { category: 'unimp', type: 'message', text: 'pl011: no DMA' },
  { category: 'guest_errors', type: 'message', text: 'read of 0x10 beyond RAM' },
];

/** Cycles and instructions of several CPUs: each counts its own slices, and none while it waits. */

import { describe, expect, it } from 'vitest';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { System } from '../../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../../src/cpu/models.ts';
import { PC, R } from '../../../src/cpu/slots.ts';
import { Assembler } from './assembler.ts';

const RAM = 0x4000_0000;
const INST_RETIRED = 8n;
const NSH = 1n << 27n;

/** A CPU that turns its counters on and spins, and one that then waits. */
function twoCpus(mode: EngineMode): System {
  const system = new System({
    model: cpuModel('cortex-a57') as CpuModel,
    cpus: 2,
    engine: mode,
    firmware: { call: () => false, semihosting: () => false },
  });
  system.bus.addRam(RAM, 0x1_0000);
  for (const { index, state } of system.cpus) {
    const a = new Assembler(RAM + index * 0x1000);
    a.mov(1, NSH)
      .msr('PMCCFILTR_EL0', 1)
      .mov(1, INST_RETIRED | NSH)
      .msr('PMEVTYPER0_EL0', 1);
    a.mov(1, 0x8000_0001n).msr('PMCNTENSET_EL0', 1).mov(1, 1).msr('PMCR_EL0', 1);
    const top = a.place();
    if (index === 0) a.add(2, 2, 1).b(top);
    else a.nop().nop().wfi();
    system.bus.writeBytes(a.base, a.code());
    state.set(PC, BigInt(a.base));
    system.cpus[index].waiting = 'running';
  }
  return system;
}

describe.each(['interp', 'jit'] as const)('two CPUs, engine %s', (mode) => {
  it.each([1_000_000, 777])('in runs of %i', (piece) => {
    const system = twoCpus(mode);
    while (system.instructions < 100_000) system.run(Math.min(piece, 100_000 - system.instructions));
    const counts = system.cpus.map(({ state }) => [state.get(R.PMCCNTR_EL0), state.get(R.PMEVCNTR0_EL0)]);
    // NOP, NOP and WFI of the second; of the first all but the 11 instructions up to the MSR that enables.
    const first = BigInt(100_000 - 2 * 11 - 3);
    expect(counts).toEqual([
      [first, first],
      [3n, 3n],
    ]);
  });
});

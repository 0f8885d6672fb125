/** Golden texts of explanations and of a post-mortem. */

import { describe, expect, it } from 'vitest';
import { HostMemory } from '../../src/arch/host-memory.ts';
import { History } from '../../src/cpu/history.ts';
import { HISTORY, HISTORY_COUNT, PC, R } from '../../src/cpu/slots.ts';
import { CpuState } from '../../src/cpu/state.ts';
import { explanation, explanationText } from '../../src/debug/explain.ts';
import { type PostMortemInput, postMortem, postMortemText } from '../../src/debug/post-mortem.ts';
import { failingRecord, walkRecord } from './events.ts';
import { fakeContext, symbols } from './fakes.ts';

const TABLE_STEP =
  'stage 2 level 1 table 0x80000000[1] @PA 0x80000008 = 0x00000000880007fd block PA 0x80000000 AF SH=inner MemAttr=0xf Normal WB S2AP=rw';

describe('one walk explained', () => {
  it('as text: how a table was found stands under its step', () => {
    expect(explanationText(walkRecord).split('\n')).toEqual([
      'VA 0x40201234 write, EL1&0, ASID 1, VMID 2',
      '  stage 1 level 2 table 0x40081000[1] @IPA 0x40081008 = 0x0060000040200711 block IPA 0x40200000 AF SH=inner AttrIdx=4 AP=rw/-- UXN PXN',
      `    found by ${TABLE_STEP}`,
      `  ${TABLE_STEP}`,
      '  VA 0x40201234 -> IPA 0x40201234 -> PA 0x80201234 Normal WB inner shareable',
    ]);
  });

  it('as an object', () => {
    const { steps, ...rest } = explanation(walkRecord);
    expect(rest).toEqual({
      va: '0x40201234',
      access: 'write',
      unprivileged: false,
      regime: 'EL1&0',
      asid: 1,
      vmid: 2,
      ok: true,
      ipa: '0x40201234',
      pa: '0x80201234',
      attributes: 'Normal WB inner shareable',
      fault: undefined,
    });
    expect(steps).toHaveLength(3);
    expect(steps[1]).toEqual({
      stage: 1,
      level: 2,
      table: '0x40081000',
      index: 1,
      address: '0x40081008',
      space: 'IPA',
      descriptor: '0x0060000040200711',
      meaning: 'block IPA 0x40200000 AF SH=inner AttrIdx=4 AP=rw/-- UXN PXN',
    });
  });

  it('as text when it fails', () => {
    expect(explanationText(failingRecord, symbols).split('\n')).toEqual([
      'VA 0x40201234 write, EL1&0, ASID 1, VMID 2',
      '  stage 2 level 1 table 0x80000000[1] @PA 0x80000008 = 0x0000000000000000 invalid',
      '  VA 0x40201234 -> IPA 0x40081008 -> stage 2 translation fault, level 1, on a stage-1 table walk',
    ]);
  });
});

describe('post-mortem', () => {
  function stuck(): PostMortemInput {
    const { state } = fakeContext();
    state.set(PC, 0x4008_0a00n);
    state.set(R.ESR_EL1, 0x8600_0006n);
    state.set(R.VBAR_EL1, 0x4008_0800n);
    const history = new History(state);
    state.set(HISTORY[0], 0x4008_0058n);
    state.set(HISTORY[1], 0x4008_0024n);
    state.set32(HISTORY_COUNT, 1);
    history.exception('Prefetch Abort', 1, 1, 0x8600_0006, 0, 0x4020_1234, 0, 0x4020_1234, 0, 0x4008_0a00);
    history.exception('IRQ', 1, 1, undefined, 0, 0, 0, 0x4008_0a00, 0, 0x4008_0a80);
    return {
      reason: 'stuck',
      message: 'the vector entry faults to itself',
      cpu: 0,
      vm: 'demo',
      instructions: 12345,
      state,
      history,
      walk: failingRecord,
      symbols,
    };
  }

  it('as text', () => {
    const [head, registers] = postMortemText(stuck()).split(/^ PC=[\s\S]*?(?=PSTATE)/m);
    expect(head).toBe(`stuck: the vector entry faults to itself
CPU 0 of VM demo at EL1, PC 0x40080a00 <vec+0x200>, after 12345 instructions
`);
    expect(registers).toBe(`PSTATE=000003c5 ---- EL1h
System registers that are not zero:
  VBAR_EL1        0x0000000040080800
  ESR_EL1         0x0000000086000006
Last syndrome:
  0x86000006 Instruction Abort taken without a change in Exception level: IFSC=translation fault, level 2, S1PTW=0, EA=0, FnV=0
The failing walk:
  VA 0x40201234 write, EL1&0, ASID 1, VMID 2
    stage 2 level 1 table 0x80000000[1] @PA 0x80000008 = 0x0000000000000000 invalid
    VA 0x40201234 -> IPA 0x40081008 -> stage 2 translation fault, level 1, on a stage-1 table walk
Last exceptions, newest first:
  IRQ, EL1 to EL1, ELR 0x40080a00 <vec+0x200> to PC 0x40080a80 <vec+0x280>
  Prefetch Abort, EL1 to EL1, ESR 0x86000006 FAR 0x40201234 ELR 0x40201234 to PC 0x40080a00 <vec+0x200>
Last calls and indirect branches, newest first:
  0x40080058 <guest+0x34> -> 0x40080024 <guest>`);
  });

  it('as JSON, which holds what the text says', () => {
    const report = JSON.parse(JSON.stringify(postMortem(stuck())));
    expect(report).toMatchObject({
      reason: 'stuck',
      message: 'the vector entry faults to itself',
      cpu: 0,
      vm: 'demo',
      instructions: 12345,
      el: 1,
      pc: { address: '0x40080a00', symbol: 'vec+0x200' },
      registers: { pc: '0x0000000040080a00', pstate: '0x000003c5' },
      system: { VBAR_EL1: '0x0000000040080800', ESR_EL1: '0x0000000086000006' },
      syndrome: { esr: '0x86000006', ec: 0x21, fields: { IFSC: 'translation fault, level 2' } },
      walk: { ok: false, ipa: '0x40081008' },
      branches: [
        { from: { address: '0x40080058', symbol: 'guest+0x34' }, to: { address: '0x40080024', symbol: 'guest' } },
      ],
    });
    expect(report.exceptions).toHaveLength(2);
    expect(report.exceptions[0]).not.toHaveProperty('esr');
    expect(report.exceptions[1]).toMatchObject({
      esr: '0x86000006',
      far: '0x40201234',
      elr: { address: '0x40201234' },
    });
  });

  it('leaves out what there is not', () => {
    const input = { ...stuck(), vm: undefined, walk: undefined, history: new History(new CpuState(new HostMemory())) };
    const report = postMortem(input);
    expect(Object.keys(report)).not.toContain('vm');
    expect(Object.keys(report)).not.toContain('walk');
    expect(Object.keys(report)).not.toContain('syndrome');
    expect(postMortemText(input)).not.toMatch(/VM|failing|syndrome|newest/);
  });
});

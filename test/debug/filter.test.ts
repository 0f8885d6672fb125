/** Trace filters and the texts that set them. */

import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/arch/trace.ts';
import { PC } from '../../src/cpu/slots.ts';
import { filterSink, type TraceFilter } from '../../src/debug/filter.ts';
import {
  FilterError,
  parseAddressRanges,
  parseExceptionLevels,
  parseInstructionWindow,
} from '../../src/debug/filter-options.ts';
import { fakeContext } from './fakes.ts';

describe('parseAddressRanges', () => {
  it('reads the three forms of QEMU', () => {
    expect(parseAddressRanges('0x8000..0x8fff,0xffffffc000080000+0x200,0x60000000-0x1000,16..16')).toEqual([
      { first: 0x8000n, last: 0x8fffn },
      { first: 0xffff_ffc0_0008_0000n, last: 0xffff_ffc0_0008_01ffn },
      { first: 0x5fff_f001n, last: 0x6000_0000n },
      { first: 16n, last: 16n },
    ]);
  });
  it.each([
    ['', "-dfilter: expected FIRST..LAST, START+SIZE or LAST-SIZE in ''"],
    ['0x10', "-dfilter: expected FIRST..LAST, START+SIZE or LAST-SIZE in '0x10'"],
    ['0x10..', "-dfilter: expected FIRST..LAST, START+SIZE or LAST-SIZE in '0x10..'"],
    ['1+2,zz+1', "-dfilter: expected FIRST..LAST, START+SIZE or LAST-SIZE in 'zz+1'"],
    ['0x10+0', "-dfilter: the size must not be 0 in '0x10+0'"],
    ['0x20..0x10', "-dfilter: 0x20 is above 0x10 in '0x20..0x10'"],
    ['1-5', "-dfilter: the range leaves the 64-bit address space in '1-5'"],
    ['0xffffffffffffffff+2', "-dfilter: the range leaves the 64-bit address space in '0xffffffffffffffff+2'"],
  ])('refuses %o', (text, message) => {
    expect(() => parseAddressRanges(text)).toThrow(new FilterError(message));
  });
});

it('reads exception levels', () => {
  expect(parseExceptionLevels('0,2')).toEqual([0, 2]);
  expect(() => parseExceptionLevels('3')).toThrow(FilterError);
  expect(() => parseExceptionLevels('')).toThrow(FilterError);
});

it('reads instruction windows', () => {
  expect(parseInstructionWindow('10..20')).toEqual({ from: 10, to: 20 });
  expect(parseInstructionWindow('10..')).toEqual({ from: 10, to: Number.POSITIVE_INFINITY });
  expect(parseInstructionWindow('..20')).toEqual({ from: 0, to: 20 });
  for (const bad of ['', '5', '20..10', '1..1', '0x1..0x2'])
    expect(() => parseInstructionWindow(bad)).toThrow(FilterError);
});

describe('filterSink', () => {
  const message: TraceEvent = { category: 'unimp', type: 'message', text: '' };
  const run = (va: bigint): TraceEvent => ({ category: 'exec', type: 'block', va, pa: 0, count: 1 });
  const toEl2: TraceEvent = { category: 'int', type: 'return', fromEl: 2, toEl: 1, pc: 0x50n };
  const exit: TraceEvent = { category: 'hyp', type: 'exit', vm: 'b', vcpu: 0, text: '' };

  function passed(filter: TraceFilter, events: TraceEvent[], setUp: (fake: ReturnType<typeof fakeContext>) => void) {
    const fake = fakeContext();
    setUp(fake);
    const seen: TraceEvent[] = [];
    const sink = filterSink(filter, fake.context, (_, event) => seen.push(event));
    for (const event of events) sink(0, event);
    return seen;
  }

  it('passes everything without conditions', () => {
    expect(passed({}, [message, exit], () => {})).toEqual([message, exit]);
  });
  it('by EL: the current one, and either end of an exception or return', () => {
    expect(passed({ els: [1] }, [message, toEl2], () => {})).toEqual([message, toEl2]);
    expect(passed({ els: [2] }, [message, toEl2], () => {})).toEqual([toEl2]);
    expect(passed({ els: [0] }, [message, toEl2], () => {})).toEqual([]);
  });
  it('by VM: the one that runs, or the one that the event names', () => {
    expect(passed({ vms: ['b'] }, [message, exit], () => {})).toEqual([exit]);
    expect(
      passed({ vms: ['a'] }, [message, exit], (fake) => {
        fake.values.vm = 'a';
      }),
    ).toEqual([message]);
  });
  it('by address: both ends included, the PC register where the event has none', () => {
    const filter = {
      addresses: [
        { first: 0x10n, last: 0x1fn },
        { first: 0x50n, last: 0x50n },
      ],
    };
    const events = [run(0xfn), run(0x10n), run(0x1fn), run(0x20n), toEl2, message];
    const inside = [run(0x10n), run(0x1fn), toEl2];
    expect(passed(filter, events, ({ state }) => state.set(PC, 0x18n))).toEqual([...inside, message]);
    expect(passed(filter, events, ({ state }) => state.set(PC, 0x28n))).toEqual(inside);
  });
  it('by instruction window: the end excluded', () => {
    const window = { from: 5, to: 7 };
    const at = (retired: number) =>
      passed({ window }, [message], ({ values }) => {
        values.instructions = retired;
      }).length;
    expect([4, 5, 6, 7].map(at)).toEqual([0, 1, 1, 0]);
  });
});

/** Descriptors in words, bit by bit from DDI 0487, "VMSAv8-64 translation table format descriptors". */

import { expect, it } from 'vitest';
import { type DescriptorPlace, descriptorText } from '../../src/debug/descriptor-text.ts';
import { mairText, memAttrText } from '../../src/debug/memory-type-text.ts';

function place(value: bigint, over: Partial<DescriptorPlace> = {}): DescriptorPlace {
  return {
    stage: 1,
    level: 3,
    granuleShift: 12,
    kind: 'page',
    descriptorSpace: 'PA',
    el0: true,
    descriptorHi: Number(value >> 32n),
    descriptorLo: Number(value & 0xffff_ffffn),
    ...over,
  };
}

it.each<[string, bigint, Partial<DescriptorPlace>, string]>([
  [
    'block',
    0x0060_0000_4020_0711n,
    { level: 2, kind: 'block' },
    'block PA 0x40200000 AF SH=inner AttrIdx=4 AP=rw/-- UXN PXN',
  ],
  [
    'every flag',
    0x0078_1234_5678_9e27n | 0x40n,
    {},
    'page PA 0x123456789000 AF SH=outer AttrIdx=1 AP=rw/rw UXN PXN nG contiguous DBM',
  ],
  ['no access flag', 0x0000_0000_8000_00c3n, {}, 'page PA 0x80000000 AF=0 SH=none AttrIdx=0 AP=r-/r-'],
  ['read only for EL1', 0x0000_0000_8000_0483n, {}, 'page PA 0x80000000 AF SH=none AttrIdx=0 AP=r-/--'],
  ['EL2', 0x0040_0000_8000_04c3n, { el0: false }, 'page PA 0x80000000 AF SH=none AttrIdx=0 AP=r- XN'],
  [
    'stage 1 under stage 2',
    0x0000_0000_8000_0403n,
    { descriptorSpace: 'IPA' },
    'page IPA 0x80000000 AF SH=none AttrIdx=0 AP=rw/--',
  ],
  ['table', 0x0000_0000_4800_1003n, { level: 1, kind: 'table' }, 'table PA 0x48001000'],
  [
    'table limits',
    0x7800_0000_4800_1003n,
    { level: 1, kind: 'table' },
    'table PA 0x48001000 APTable=read-only APTable=no-EL0 UXNTable PXNTable',
  ],
  [
    'table limits at EL2',
    0x7000_0000_4800_1003n,
    { level: 1, kind: 'table', el0: false },
    'table PA 0x48001000 APTable=read-only XNTable',
  ],
  [
    '1 GiB block',
    0x0000_0000_7fff_f401n,
    { level: 1, kind: 'block' },
    'block PA 0x40000000 AF SH=none AttrIdx=0 AP=rw/--',
  ],
  [
    '16K block',
    0x0000_0000_7fff_c401n,
    { level: 2, kind: 'block', granuleShift: 14 },
    'block PA 0x7e000000 AF SH=none AttrIdx=0 AP=rw/--',
  ],
  [
    '64K block',
    0x0000_0001_7fff_0401n,
    { level: 2, kind: 'block', granuleShift: 16 },
    'block PA 0x160000000 AF SH=none AttrIdx=0 AP=rw/--',
  ],
  ['64K page', 0x0000_0001_7fff_f403n, { granuleShift: 16 }, 'page PA 0x17fff0000 AF SH=none AttrIdx=0 AP=rw/--'],
  [
    'stage-2 page',
    0x0040_0000_8000_07ffn,
    { stage: 2 },
    'page PA 0x80000000 AF SH=inner MemAttr=0xf Normal WB S2AP=rw XN',
  ],
  [
    'stage-2 read only',
    0x0000_0000_8000_0443n,
    { stage: 2 },
    'page PA 0x80000000 AF SH=none MemAttr=0x0 Device-nGnRnE S2AP=r-',
  ],
  ['invalid', 0xffff_ffff_ffff_fffen, { kind: 'invalid' }, 'invalid'],
  ['reserved', 0x4000_0001n, { kind: 'invalid' }, 'reserved'],
])('%s', (_, value, over, text) => {
  expect(descriptorText(place(value, over))).toBe(text);
});

it('names every stage-2 memory type', () => {
  expect(Array.from({ length: 16 }, (_, memAttr) => memAttrText(memAttr))).toEqual([
    'Device-nGnRnE',
    'Device-nGnRE',
    'Device-nGRE',
    'Device-GRE',
    'reserved',
    'Normal NC',
    'Normal outer NC inner WT',
    'Normal outer NC inner WB',
    'reserved',
    'Normal outer WT inner NC',
    'Normal WT',
    'Normal outer WT inner WB',
    'reserved',
    'Normal outer WB inner NC',
    'Normal outer WB inner WT',
    'Normal WB',
  ]);
});

it('names the types of a MAIR byte', () => {
  expect([0x00, 0x04, 0x08, 0x0c, 0x44, 0xff, 0xaa, 0x4f, 0x33, 0x7f].map(mairText)).toEqual([
    'Device-nGnRnE',
    'Device-nGnRE',
    'Device-nGRE',
    'Device-GRE',
    'Normal NC',
    'Normal WB',
    'Normal WT',
    'Normal outer NC inner WB',
    'Normal WT transient',
    'Normal outer WB transient inner WB',
  ]);
});

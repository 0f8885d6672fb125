/** VMSAv8-64 translation table descriptors in words, for both stages and every granule. */

import { hex } from '../arch/addresses.ts';
import type { WalkStepEvent } from '../arch/trace.ts';
import * as field from '../mmu/descriptor.ts';
import { levelShift } from '../mmu/geometry.ts';
import { memAttrText, shareabilityText } from './memory-type-text.ts';

/** What a descriptor's bits do not say about it themselves. */
export type DescriptorPlace = Pick<
  WalkStepEvent,
  'stage' | 'level' | 'granuleShift' | 'kind' | 'descriptorSpace' | 'descriptorHi' | 'descriptorLo'
> & {
  /** Stage 1 only: whether the regime has EL0 besides its own level (EL1&0), or one privilege (EL2). */
  el0: boolean;
};

/** AP[2:1] of EL1&0 as EL1/EL0, and of a regime with one privilege (DDI 0487, "Stage 1 data accesses"). */
const AP_TWO = ['rw/--', 'rw/rw', 'r-/--', 'r-/r-'];
const AP_ONE = ['rw', 'rw', 'r-', 'r-'];
/** S2AP (DDI 0487, "Stage 2 data accesses"). */
const S2AP = ['--', 'r-', '-w', 'rw'];
/** The descriptor's kind, output address and fields, as `page PA 0x40200000 AF SH=inner AttrIdx=4 AP=rw/-- UXN PXN`. */
export function descriptorText(place: DescriptorPlace): string {
  const { stage, level, granuleShift, kind, descriptorSpace, descriptorHi: hi, descriptorLo: lo } = place;
  if (kind === 'invalid') return lo & 1 ? 'reserved' : 'invalid';
  // Stage 2's tables and output are physical; under stage 2, stage 1's are all intermediate, as its own address shows.
  const space = stage === 2 ? 'PA' : descriptorSpace;
  const shift = kind === 'table' ? granuleShift : levelShift(granuleShift, level);
  const words = [kind, space, hex(field.descriptorAddress(hi, lo, shift))];
  if (kind === 'table') {
    if (stage === 1) words.push(...tableLimits(hi, place.el0));
  } else {
    words.push(field.hasAccessFlag(lo) ? 'AF' : 'AF=0', `SH=${shareabilityText(field.shareabilityField(lo))}`);
    words.push(...(stage === 1 ? stage1Fields(hi, lo, place.el0) : stage2Fields(hi, lo)));
    if (hi & (1 << 20)) words.push('contiguous');
    if (hi & (1 << 19)) words.push('DBM');
  }
  return words.join(' ');
}

function stage1Fields(hi: number, lo: number, el0: boolean): string[] {
  const words = [`AttrIdx=${field.attributeIndex(lo)}`, `AP=${(el0 ? AP_TWO : AP_ONE)[field.accessPermissions(lo)]}`];
  if (field.isExecuteNever(hi)) words.push(el0 ? 'UXN' : 'XN');
  if (el0 && field.isPrivilegedExecuteNever(hi)) words.push('PXN');
  if (el0 && field.isNotGlobal(lo)) words.push('nG');
  return words;
}

function stage2Fields(hi: number, lo: number): string[] {
  const memAttr = field.stage2MemAttr(lo);
  const words = [`MemAttr=${hex(memAttr)} ${memAttrText(memAttr)}`, `S2AP=${S2AP[field.stage2AccessPermissions(lo)]}`];
  if (field.isExecuteNever(hi)) words.push('XN');
  return words;
}

/** What a stage-1 table descriptor takes from all below it; NS and NSTable mean nothing without a Secure state. */
function tableLimits(hi: number, el0: boolean): string[] {
  const limits = field.hierarchyOf(hi);
  const words = [];
  if (limits & field.AP_TABLE_READ_ONLY) words.push('APTable=read-only');
  if (el0 && limits & field.AP_TABLE_NO_EL0) words.push('APTable=no-EL0');
  if (limits & field.XN_TABLE) words.push(el0 ? 'UXNTable' : 'XNTable');
  if (el0 && limits & field.PXN_TABLE) words.push('PXNTable');
  return words;
}

/** Access permissions of leaf descriptors, as bit sets that the TLB keeps and each access is checked against. */

import * as descriptor from './descriptor.ts';
import { accessKind, EXECUTE, PRIVILEGED_ACCESS_NEVER, READ, UNPRIVILEGED, WRITE } from './translation.ts';

const R = 1 << READ;
const W = 1 << WRITE;
const X = 1 << EXECUTE;
const RWX = R | W | X;
/** Stage-1 sets hold the bits of privileged accesses, and above them those of unprivileged ones. */
const UNPRIVILEGED_SHIFT = 3;

/** Everything allowed at both privileges: stage 1 off. */
export const ALL_STAGE1 = RWX | (RWX << UNPRIVILEGED_SHIFT);
/** Everything allowed by stage 2: stage 2 off. */
export const ALL_STAGE2 = RWX;

/**
 * Stage-1 permissions of the EL1&0 and EL2&0 regimes (DDI 0487, AArch64.S1DirectBasePermissions): `hierarchy` are the limits of
 * the tables above (see `hierarchyOf`), `wxn` is SCTLR_ELx.WXN.
 */
export function twoPrivilegesPermissions(hi: number, lo: number, hierarchy: number, wxn: boolean): number {
  const ap = descriptor.accessPermissions(lo);
  const el0 = (ap & 1) !== 0 && (hierarchy & descriptor.AP_TABLE_NO_EL0) === 0;
  const readOnly = (ap & 2) !== 0 || (hierarchy & descriptor.AP_TABLE_READ_ONLY) !== 0;
  const pxn = descriptor.isPrivilegedExecuteNever(hi) || (hierarchy & descriptor.PXN_TABLE) !== 0;
  const uxn = descriptor.isExecuteNever(hi) || (hierarchy & descriptor.XN_TABLE) !== 0;
  const write = readOnly ? 0 : W;
  const writableByEl0 = el0 && !readOnly;
  // What EL0 may write, EL1 or EL2 may not execute, whatever WXN says.
  const privileged = R | write | (pxn || writableByEl0 || (wxn && !readOnly) ? 0 : X);
  const unprivileged = (el0 ? R | write : 0) | (uxn || (wxn && writableByEl0) ? 0 : X);
  return privileged | (unprivileged << UNPRIVILEGED_SHIFT);
}

/** Stage-1 permissions of the EL2 regime, which has one privilege: AP[1] and the limits on EL0 are ignored. */
export function onePrivilegePermissions(hi: number, lo: number, hierarchy: number, wxn: boolean): number {
  const readOnly = (descriptor.accessPermissions(lo) & 2) !== 0 || (hierarchy & descriptor.AP_TABLE_READ_ONLY) !== 0;
  const xn = descriptor.isExecuteNever(hi) || (hierarchy & descriptor.XN_TABLE) !== 0;
  const set = R | (readOnly ? 0 : W) | (xn || (wxn && !readOnly) ? 0 : X);
  return set | (set << UNPRIVILEGED_SHIFT);
}

/** Stage-2 permissions: S2AP, and XN, which is one bit without FEAT_XNX and independent of read access. */
export const stage2Permissions = (hi: number, lo: number): number =>
  descriptor.stage2AccessPermissions(lo) | (descriptor.isExecuteNever(hi) ? 0 : X);

/** A set of either stage without writes: that of a leaf which hardware has not marked dirty yet. */
export const withoutWrites = (set: number): number => set & ~(W | (W << UNPRIVILEGED_SHIFT));

const EL0_READS = R << UNPRIVILEGED_SHIFT;

/** The three bits of a stage-1 set that count for an access. */
function forPrivilege(stage1: number, access: number): number {
  if ((access & UNPRIVILEGED) !== 0) return stage1 >>> UNPRIVILEGED_SHIFT;
  return (access & PRIVILEGED_ACCESS_NEVER) !== 0 && (stage1 & EL0_READS) !== 0 ? stage1 & X : stage1 & RWX;
}

/** Whether a stage-1 set allows an access. */
export const stage1Allows = (stage1: number, access: number): boolean =>
  (forPrivilege(stage1, access) & (1 << accessKind(access))) !== 0;
/** Whether a stage-2 set allows an access. */
export const stage2Allows = (stage2: number, access: number): boolean => (stage2 & (1 << accessKind(access))) !== 0;
/** Whether both stages together allow a fetch at any privilege. */
export const allowsFetch = (stage1: number, stage2: number): boolean =>
  ((stage1 | (stage1 >>> UNPRIVILEGED_SHIFT)) & stage2 & X) !== 0;
/** What both stages allow the privilege of an access: bit READ, WRITE and EXECUTE. */
export const granted = (stage1: number, stage2: number, access: number): number =>
  forPrivilege(stage1, access) & stage2;

/** Slots of the registers that exist once for EL1 and once for EL2, by EL. */

import { R, type Slot } from '../slots.ts';

/** An Exception level that exceptions are taken to. */
export type TargetEl = 1 | 2;
type Banked = Readonly<Record<TargetEl, Slot>>;

export const ELR: Banked = { 1: R.ELR_EL1, 2: R.ELR_EL2 };
export const ESR: Banked = { 1: R.ESR_EL1, 2: R.ESR_EL2 };
export const FAR: Banked = { 1: R.FAR_EL1, 2: R.FAR_EL2 };
export const SPSR: Banked = { 1: R.SPSR_EL1, 2: R.SPSR_EL2 };
export const VBAR: Banked = { 1: R.VBAR_EL1, 2: R.VBAR_EL2 };

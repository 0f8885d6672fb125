/** The builder that A64 rows use: the generic ops and what the encodings of A64 share. */

import { CALLOUT_NUMBERS, type CalloutName } from '../callout-names.ts';
import type { CodeFlags } from '../code-flags.ts';
import { type Imm, Ir, imm } from '../ir/builder.ts';
import type { CpuModel } from '../models.ts';
import { DISCARD, type Slot, X, ZERO } from '../slots.ts';

/** Emits one A64 instruction. `va` and `word` are set before each row runs. */
export class A64Ir extends Ir {
  /** VA of the instruction, as a signed number (canonical, so exact). */
  va = 0;
  word = 0;
  /** What decode may depend on besides the word; part of the code's key. */
  flags!: CodeFlags;
  /** The CPU that decodes. */
  model!: CpuModel;

  /** Xn or SP as a source or destination: register 31 is the current stack pointer. */
  XSP(n: number): Slot {
    return n === 31 ? this.SPx(this.flags.spsel === 0 ? 0 : this.flags.el) : X[n];
  }

  /** VA relative to the instruction. */
  relative(offset: number): Imm {
    return imm(this.va + offset);
  }

  /** Leaves to a system handler; `rt` is the number of the transfer register. */
  call(name: CalloutName, rt = 31, write = false): void {
    const slot = rt === 31 ? (write ? DISCARD : ZERO) : X[rt];
    this.callout(slot, { hi: CALLOUT_NUMBERS[name], lo: this.word });
  }

  /**
   * The same for a handler that leaves once the instruction has committed: the next instruction begins a block, where a
   * region can be entered.
   */
  callAndLeave(name: CalloutName, rt = 31): void {
    this.call(name, rt);
    this.goto(this.relative(4));
    this.ended = true;
  }

  /** The same as `call` while an interrupt or debug exception may be pending; what follows comes to the same as the handler. */
  callIfMasksMatter(name: CalloutName, rt: Slot): void {
    this.callout_if_masks_matter(rt, { hi: CALLOUT_NUMBERS[name], lo: this.word });
  }

  /** The encoding is unallocated, or absent in this CPU: EC 0. */
  undefined(): void {
    this.call('UNDEFINED');
    this.ended = true;
  }

  /** Checks the base register of an access: SP must be a multiple of 16 while SCTLR_ELx.SA or SA0 asks for it. */
  checkBase(Rn: number): void {
    if (Rn === 31 && this.flags.checkSp) this.sp_aligned(this.XSP(31));
  }
}

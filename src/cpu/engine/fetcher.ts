/** Fetches: the block at PC for the dispatcher, with the exceptions that keep its first instruction from being fetched. */

import { Fault } from '../../arch/fault.ts';
import { CATEGORIES, type Trace } from '../../arch/trace.ts';
import type { Bus } from '../../devices/bus.ts';
import { EXECUTE, Translation, UNPRIVILEGED } from '../../mmu/translation.ts';
import type { Block } from '../block.ts';
import { type CodeFlags, packFlags } from '../code-flags.ts';
import { PC } from '../slots.ts';
import { breakpointHit } from '../system/debug/breakpoints.ts';
import { breakpointException, softwareStepException } from '../system/debug/debug-exceptions.ts';
import { instructionAbort, pcAlignmentFault } from '../system/exceptions.ts';
import { traceBlock, tracesBlocks, traceTranslation } from './block-trace.ts';
import type { CodeCache } from './code-cache.ts';
import type { Cpu } from './cpu.ts';
import type { Progress } from './progress.ts';
import type { Regions } from './regions.ts';
import type { Translator } from './translator.ts';

export class Fetcher {
  private readonly fetched = new Translation();
  private readonly external = new Fault();
  /** Entries into blocks, and accesses to system registers, are traced. */
  private tracing = false;
  private tracesSystem = false;

  constructor(
    private readonly bus: Bus,
    private readonly code: CodeCache,
    private readonly translator: Translator,
    private readonly regions: Regions,
    private readonly progress: Progress,
    private readonly trace: Trace,
  ) {}

  /**
   * Every entry into a block is seen by a trace that asks for it: no region, and nothing remembered. Accesses to system
   * registers that a trace asks for are not made by the code itself.
   */
  followTrace(): void {
    const tracing = tracesBlocks(this.trace);
    const tracesSystem = this.trace.on(CATEGORIES.sysreg);
    if (tracing === this.tracing && tracesSystem === this.tracesSystem) return;
    this.tracing = tracing;
    this.tracesSystem = tracesSystem;
    this.regions.clear();
    this.code.flush();
  }

  /** The block at PC, decoded if need be and known to the dispatcher; undefined after the fetch took an exception. */
  fetch(cpu: Cpu): Block | undefined {
    const { fetched } = this;
    const { contexts, state } = cpu;
    if (contexts.stepping && cpu.step.isPending) return this.notFetched(cpu, softwareStepException);
    const pcHi = state.hi(PC);
    const pcLo = state.lo(PC);
    if ((pcLo & 3) !== 0) return this.notFetched(cpu, pcAlignmentFault);
    const access = state.el === 0 ? EXECUTE | UNPRIVILEGED : EXECUTE;
    if (!cpu.mmu.translate(contexts.regime, pcHi, pcLo, access, fetched)) {
      return this.aborted(cpu, fetched.fault, pcHi, pcLo);
    }
    const breaks = contexts.debug.breaks(pcHi, pcLo);
    if (breaks && breakpointHit(cpu, pcHi, pcLo)) return this.notFetched(cpu, breakpointException);
    const frame = this.bus.frame(fetched.pa);
    if (frame === 0) {
      this.external.set('external', 1, 0);
      return this.aborted(cpu, this.external, pcHi, pcLo);
    }
    const flags = this.flags(cpu, breaks);
    if (!flags.debug) contexts.enterCode(pcHi, pcLo, frame);
    const block = this.blockAt(cpu, frame, pcHi, pcLo, flags);
    if (contexts.stepping) cpu.step.begin(block.words[0]);
    return block;
  }

  /** Flags of the code at PC; `breaks`: a breakpoint may match on its page. */
  private flags(cpu: Cpu, breaks: boolean): CodeFlags {
    const { flags } = cpu.contexts.current;
    const debug = flags.debug || breaks;
    const checkSystem = flags.checkSystem || this.tracesSystem;
    return debug === flags.debug && checkSystem === flags.checkSystem ? flags : { ...flags, debug, checkSystem };
  }

  /** The block at what was fetched, whose frame is at `frame` in linear memory. */
  private blockAt(cpu: Cpu, frame: number, pcHi: number, pcLo: number, flags: CodeFlags): Block {
    const { pa, global } = this.fetched;
    const context = cpu.contexts.current;
    const packed = flags === context.flags ? context.packed : packFlags(flags);
    if (this.code.flushWhenFull()) this.regions.clear();
    let block = this.code.find(pa, pcHi, pcLo, packed);
    if (block === undefined) {
      block = this.translator.translate(pa, frame, pcHi, pcLo, flags);
      traceTranslation(this.trace, cpu, block);
    }
    if (this.tracing) traceBlock(this.trace, cpu, block);
    // One that is found by `fetch` again each time is never part of a region.
    if (this.tracing || flags.debug) this.code.cool(block);
    else this.code.jumps.remember(block, cpu.contexts.idFor(pcHi, global));
    return block;
  }

  /** The exception of a failed fetch counts as an instruction, so that a vector that faults for ever ends the slice. */
  private notFetched(cpu: Cpu, take: (cpu: Cpu) => void): undefined {
    this.progress.spend(1);
    take(cpu);
    return undefined;
  }

  private aborted(cpu: Cpu, fault: Fault, pcHi: number, pcLo: number): undefined {
    this.progress.spend(1);
    instructionAbort(cpu, fault, pcHi, pcLo);
    return undefined;
  }
}

/** Regions as functions of one module: bodies with the slots loaded before them and stored behind. */

import type { HostMemory } from '../../arch/host-memory.ts';
import { uleb, type ValueType, when } from '../ir/code.ts';
import { slotAccess } from '../ir/slot-access.ts';
import { slotType, T, TV } from '../slots.ts';
import { ModuleWriter } from './encoder.ts';
import { RegionCompiler, type RegionLinks } from './region-compiler.ts';
import { WRITE_FLAGS_PARAMS, writeFlags } from './region-flags.ts';
import { cpu, FIXED_LOCALS, FLAG_KIND, FLAG_X, FLAG_Y, local } from './region-locals.ts';
import type { RegionShape } from './region-shape.ts';
import { RegionTarget } from './region-target.ts';
import { CodeWriter } from './writer.ts';

/** Index of the function that writes flags, the first behind the imported one. */
const WRITE_FLAGS = 1;

/** Loads the slots that the body uses before it, and stores those that it writes after it. */
function framed(body: Uint8Array, target: RegionTarget): { code: Uint8Array[]; locals: ValueType[] } {
  const frame = new CodeWriter(target);
  const slots = [...target.locals].filter(([slot]) => !T.includes(slot) && !TV.includes(slot));
  for (const [slot, index] of slots) {
    frame.emit(slotAccess(slot).load(cpu, slot));
    frame.local(0x21, index);
  }
  const prologue = frame.take();
  for (const [slot, index] of slots) {
    if (target.written.has(slot)) frame.emit(slotAccess(slot).store(cpu, local(index), slot));
  }
  frame.emit(when(local(FLAG_KIND), [cpu, local(FLAG_KIND), local(FLAG_X), local(FLAG_Y), 0x10, uleb(WRITE_FLAGS)]));
  const types = [...target.locals.keys()].map((slot): ValueType => slotType(slot) as ValueType);
  return { code: [prologue, body, frame.take()], locals: [...FIXED_LOCALS, ...types] };
}

/** A region to compile. */
export interface RegionDraft {
  readonly shape: RegionShape;
  /** Its index in the function table. */
  readonly index: number;
}

/**
 * A module with a function for each region, exported by the region's index: `(cpu, entry)` runs blocks from the node whose
 * index is `entry`, and returns the record to go on at, or 0.
 */
export function regionModule(memory: HostMemory, regions: readonly RegionDraft[], links: RegionLinks): Uint8Array {
  const module = new ModuleWriter();
  module.importFunction('slow_float', { params: ['i32'], results: ['i32'] });
  const flagWriter = new CodeWriter(new RegionTarget(links.crcTables));
  flagWriter.emit(writeFlags);
  module.func(undefined, { params: WRITE_FLAGS_PARAMS, results: [] }, FIXED_LOCALS.slice(2), [flagWriter.take()]);
  for (const { shape, index } of regions) {
    const compiler = new RegionCompiler(memory, shape, links, index);
    const { code, locals } = framed(compiler.compile(), compiler.target);
    module.func(String(index), { params: ['i32', 'i32'], results: ['i32'] }, locals, code);
  }
  return module.bytes();
}

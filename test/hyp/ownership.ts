/** Whose each physical frame is: a walk of all tables of all VMs, and hashes of what they hold. */

import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { FRAME_BYTES } from '../../src/devices/frames.ts';
import type { Vm } from '../../src/hyp/vm.ts';
import { GICV, type Host } from './harness.ts';

const framesOf = (pa: number, bytes: number): number[] =>
  Array.from({ length: bytes / FRAME_BYTES }, (_, i) => pa / FRAME_BYTES + i);

/** Tables of a VM, the root included, as frame numbers. */
const tablesOf = ({ memory: { stage2 }, parts: { shape } }: Vm): number[] => {
  const table = 2 ** shape.granuleBits;
  return [
    ...framesOf(stage2.root, table * shape.rootTables),
    ...stage2.tables.flatMap((each) => framesOf(each, table)),
  ];
};
const pagesOf = ({ memory }: Vm): number[] =>
  memory.map.memorySlots.flatMap((slot) => [...slot.frames.all()]).flatMap(({ pa, bytes }) => framesOf(pa, bytes));

/** The virtual CPU interface, which every CPU has for the vCPU that is loaded there. */
const REGISTERS = new Set(framesOf(GICV, 0x1_0000));

/** Expects that no frame has two owners, and that tables lead to frames of their own VM, or read-only to `shared`. */
export function expectSeparate({ hyp }: Host, shared: ReadonlySet<number> = new Set()): void {
  const owned = hyp.vms.flatMap((vm) => [...tablesOf(vm), ...pagesOf(vm)]);
  expect(new Set(owned).size).toBe(owned.length);
  for (const vm of hyp.vms) {
    const own = new Set(pagesOf(vm));
    for (const { pa, bytes, writable } of vm.memory.stage2.leaves()) {
      for (const frame of framesOf(pa, bytes)) {
        expect(own.has(frame) || REGISTERS.has(frame) || (!writable && shared.has(frame))).toBe(true);
      }
    }
  }
}

/** A hash of the pages and tables of a VM, with their places. */
export function hashOf({ system }: Host, vm: Vm): string {
  const hash = createHash('sha256');
  for (const frame of [...tablesOf(vm), ...pagesOf(vm)].sort((a, b) => a - b)) {
    hash.update(`${frame} `);
    hash.update(system.bus.readBytes(frame * FRAME_BYTES, FRAME_BYTES) ?? '');
  }
  return hash.digest('hex');
}

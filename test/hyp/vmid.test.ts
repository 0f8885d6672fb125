/** The allocator of VMIDs: generations, and who may keep one. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noVmid, VmidAllocator, type VmidTag } from '../../src/hyp/vmid.ts';

describe('VmidAllocator', () => {
  it('gives 255 VMIDs a generation, never 0, and flushes once for each new generation', () => {
    let flushes = 0;
    const vmids = new VmidAllocator(8, { active: () => [], flush: () => flushes++ });
    const tags = Array.from({ length: 600 }, noVmid);
    for (const tag of tags) vmids.assign(tag);
    expect(flushes).toBe(2);
    expect(vmids.generation).toBe(3);
    expect(new Set(tags.slice(0, 255).map(({ vmid }) => vmid)).size).toBe(255);
    expect(tags.every(({ vmid }) => vmid >= 1 && vmid <= 255)).toBe(true);
    expect(tags.filter((tag) => vmids.isCurrent(tag)).length).toBe(600 - 2 * 255);
  });

  it('keeps a VMID while its generation lasts', () => {
    const vmids = new VmidAllocator(8, { active: () => [], flush: () => {} });
    const tag = noVmid();
    vmids.assign(tag);
    const { vmid } = tag;
    vmids.assign(noVmid());
    vmids.assign(tag);
    expect(tag.vmid).toBe(vmid);
  });

  it('never has two VMs with one VMID in TLBs that were not flushed since, also while CPUs run old VMIDs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ cpu: fc.nat(3), vm: fc.nat(40) }), { minLength: 100, maxLength: 300 }),
        (runs) => {
          const tags = Array.from({ length: 41 }, noVmid);
          const cpus = new Array<VmidTag | undefined>(4).fill(undefined);
          const cached = new Map<number, VmidTag>();
          const running = (): VmidTag[] => cpus.filter((tag) => tag !== undefined);
          const touch = (tag: VmidTag): void => {
            expect(cached.get(tag.vmid) ?? tag).toBe(tag);
            cached.set(tag.vmid, tag);
          };
          const vmids = new VmidAllocator(4, { active: running, flush: () => cached.clear() });
          for (const { cpu, vm } of runs) {
            cpus[cpu] = undefined;
            vmids.assign(tags[vm]);
            cpus[cpu] = tags[vm];
            // Every CPU goes on with what it has loaded and fills its TLB.
            running().forEach(touch);
          }
        },
      ),
    );
  });

  it('throws when CPUs hold all VMIDs', () => {
    const active = [1, 2, 3].map((): VmidTag => noVmid());
    const vmids = new VmidAllocator(2, { active: () => active, flush: () => {} });
    for (const tag of active) vmids.assign(tag);
    expect(() => vmids.assign(noVmid())).toThrow('more CPUs');
  });
});

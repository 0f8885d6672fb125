import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFdt } from '../../src/arch/fdt-parse.ts';
import { type VirtTreeParts, virtTree } from '../../src/machine/virt-tree.ts';
import { dtc, flatten, hasDtc } from '../arch/fdt-reading.ts';

const qemu = flatten(
  parseFdt(new Uint8Array(readFileSync(new URL('../arch/data/qemu-virt.dtb', import.meta.url)))).root,
);
const parts: VirtTreeParts = {
  ram: { base: 0x4000_0000, size: 0x4000_0000 },
  cpuCompatible: 'arm,cortex-a57',
  cpus: [0],
  psciConduit: 'hvc',
  gicV2: true,
};
const flat = (p: VirtTreeParts) => flatten(parseFdt(virtTree(p)).root);
const hexText = (text: string): string => Buffer.from(`${text}\0`).toString('hex');

describe('the device tree of virt', () => {
  it("equals QEMU's, apart from what QEMU alone has", () => {
    const ours = flat(parts);
    const { '/cpus/cpu@0/:enable-method': method, ...shared } = ours;
    expect(method).toBe(hexText('psci'));
    expect(qemu).toMatchObject(shared);
    expect(Object.keys(qemu).filter((name) => !(name in shared))).toEqual([
      '/psci/:migrate',
      '/intc@8000000/v2m@8020000/:phandle',
      '/intc@8000000/v2m@8020000/:reg',
      '/intc@8000000/v2m@8020000/:msi-controller',
      '/intc@8000000/v2m@8020000/:compatible',
      '/cpus/cpu-map/socket0/cluster0/core0/:cpu',
      '/cpus/cpu@0/:phandle',
    ]);
  });

  it('describes only what the machine has', () => {
    const bare = flat({ ...parts, gicV2: false });
    expect(Object.keys(bare).filter((name) => /interrupt|intc|timer/.test(name))).toEqual([]);
    expect(bare['/pl011@9000000/:reg']).toBe('00000000090000000000000000001000');
  });

  it('follows the machine', () => {
    const tree = flat({
      ...parts,
      ram: { base: 0x4000_0000, size: 0x10_0000_0000 },
      psciConduit: 'smc',
      bootargs: 'console=ttyAMA0',
      cpus: [0, 1],
    });
    expect(tree['/memory@40000000/:reg']).toBe('00000000400000000000001000000000');
    expect(tree['/psci/:method']).toBe(hexText('smc'));
    expect(tree['/chosen/:bootargs']).toBe(hexText('console=ttyAMA0'));
    expect(tree['/cpus/cpu@1/:reg']).toBe('00000001');
    expect(tree['/timer/:interrupts'].slice(0, 24)).toBe('000000010000000d00000304');
  });

  it.skipIf(!hasDtc)('passes dtc without errors', () => {
    expect(dtc(virtTree(parts), 'dtb', 'dts', '-q').toString()).toContain('psci');
  });
});

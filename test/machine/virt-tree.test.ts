/** The device tree of `virt` against QEMU's, recorded in test/machine/data and, where QEMU is installed, made afresh. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FdtNode } from '../../src/arch/fdt.ts';
import { parseFdt } from '../../src/arch/fdt-parse.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { MachineOptions } from '../../src/machine/machine-options.ts';
import { VmHost } from '../../src/machine/vm-host.ts';
import { dtc, dtsText, flatten, hasDtc } from '../arch/fdt-reading.ts';

const GIB = 2 ** 30;

/** Machines, and QEMU's flags for the same. */
const MACHINES: [string, MachineOptions, string][] = [
  ['virt', {}, 'virt,gic-version=2 -cpu cortex-a57 -smp 1'],
  ['virt-smp8', { cpus: 8 }, 'virt,gic-version=2 -cpu cortex-a57 -smp 8'],
  ['virt-gicv3-smp2', { gicVersion: 3, cpus: 2 }, 'virt,gic-version=3,its=off -cpu cortex-a57 -smp 2'],
  [
    'virt-gicv3-el2',
    { gicVersion: 3, virtualization: true },
    'virt,gic-version=3,its=off,virtualization=on -cpu cortex-a57 -smp 1',
  ],
  ['virt-el2-smp2', { virtualization: true, cpus: 2 }, 'virt,gic-version=2,virtualization=on -cpu cortex-a57 -smp 2'],
];
const recorded = (name: string): string => join(import.meta.dirname, 'data', `${name}.dts`);

/** Devices and properties that QEMU's board has and el2's has not. */
const QEMU_ALONE = /^(platform-bus|pcie|cpu-map|migrate$)/;
/** QEMU's differ each time. */
const RANDOM = /^(rng|kaslr)-seed$/;
function trimmed({ name, properties, children }: FdtNode): FdtNode {
  const kept = [...properties]
    .filter(([key]) => !QEMU_ALONE.test(key))
    .map(([key, value]) => [key, RANDOM.test(key) ? new Uint8Array(value.length) : value] as const);
  return {
    name,
    // QEMU's cpu-map is all that refers to CPUs.
    properties: new Map(name.startsWith('cpu@') ? kept.filter(([key]) => key !== 'phandle') : kept),
    children: children.filter((child) => !QEMU_ALONE.test(child.name)).map(trimmed),
  };
}

/** The tree that QEMU makes; undefined where QEMU is not installed. */
function qemuTree(flags: string): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'el2-dtb-'));
  const [machine, ...rest] = flags.split(' ');
  const file = join(folder, 'qemu.dtb');
  const run = spawnSync('qemu-system-aarch64', [
    '-M',
    `${machine},dumpdtb=${file}`,
    ...rest,
    '-m',
    '1G',
    '-net',
    'none',
  ]);
  const blob = run.status === 0 ? new Uint8Array(readFileSync(file)) : undefined;
  rmSync(folder, { recursive: true });
  return blob;
}
const hasQemu = spawnSync('qemu-system-aarch64', ['--version']).status === 0;
const treeOf = (options: MachineOptions, append?: string): Uint8Array =>
  new Machine({ memoryBytes: GIB, ...options }).deviceTree(append);

describe.each(MACHINES)('the device tree of %s', (name, options, flags) => {
  const tree = treeOf(options);

  it("is QEMU's, less what QEMU alone has", () => {
    expect(dtsText(trimmed(parseFdt(tree).root))).toBe(readFileSync(recorded(name), 'utf8'));
  });

  it.skipIf(!hasQemu)('is recorded from QEMU', async () => {
    const text = dtsText(trimmed(parseFdt(qemuTree(flags) as Uint8Array).root));
    // QEMU numbers the CPUs before the GIC, and what el2 has not.
    const [, gic] = /interrupt-parent = <(\w+)>/.exec(text) ?? [];
    const [, gpio] = /gpios = <(\w+) /.exec(text) ?? [];
    const [, msi] = /v2m@8020000 \{[^}]*phandle = <(\w+)>/.exec(text) ?? [];
    const numbers = new Map([
      [gic, '0x8002'],
      [gpio, '0x8003'],
      [msi, '0x8004'],
    ]);
    const renumbered = text.replace(/<(0x800\w+)( |>)/g, (whole, number: string, end: string) => {
      const ours = numbers.get(number);
      return ours === undefined ? whole : `<${ours}${end}`;
    });
    await expect(renumbered).toMatchFileSnapshot(recorded(name));
  });

  it.skipIf(!hasDtc)('passes dtc without a warning', () => {
    expect(dtc(tree, 'dtb', 'dts').toString()).toContain('psci');
  });
});

describe('a device tree', () => {
  const hexText = (text: string): string => Buffer.from(`${text}\0`).toString('hex');
  const flat = (blob: Uint8Array): Record<string, string> => flatten(parseFdt(blob).root);

  it('follows the machine', () => {
    const options = { memoryBytes: 64 * GIB, ramBase: 0x80_0000_0000, cpu: 'cortex-a57' };
    const tree = flat(treeOf(options, 'console=ttyAMA0'));
    expect(tree['/memory@8000000000/:reg']).toBe('00000080000000000000001000000000');
    expect(tree['/chosen/:bootargs']).toBe(hexText('console=ttyAMA0'));
    expect(tree['/psci/:method']).toBe(hexText('hvc'));
  });

  it('has the same seeds each time', () => {
    const seeds = (tree: Record<string, string>): string[] => [tree['/chosen/:rng-seed'], tree['/chosen/:kaslr-seed']];
    const first = seeds(flat(treeOf({})));
    expect(first.map(({ length }) => length)).toEqual([64, 16]);
    expect(seeds(flat(treeOf({ cpus: 2 })))).toEqual(first);
  });

  it('of more vCPUs than a GICv2 has describes none', () => {
    const tree = flat(new VmHost().deviceTree({ memoryBytes: 2 ** 24, vcpus: 9 }));
    expect(Object.keys(tree).filter((name) => /intc|interrupt|timer/.test(name))).toEqual([]);
  });

  it('of a VM with a GICv3 has its frames, and no maintenance interrupt', () => {
    const tree = flat(new VmHost({ gicVersion: 3 }).deviceTree({ memoryBytes: 2 ** 24, vcpus: 2 }));
    expect(tree['/intc@8000000/:compatible']).toBe(hexText('arm,gic-v3'));
    expect(tree['/intc@8000000/:reg']).toBe('0000000008000000000000000001000000000000080a00000000000000f60000');
    expect(tree['/intc@8000000/:interrupts']).toBeUndefined();
  });

  it('of a VM describes only what the VM has', () => {
    const blob = new VmHost().deviceTree({ memoryBytes: 2 ** 24, vcpus: 2, append: 'quiet' });
    const tree = flat(blob);
    expect(Object.keys(tree).filter((name) => /pl031/.test(name))).toEqual([]);
    // GICD and GICC, no GICH and GICV.
    expect(tree['/intc@8000000/:reg']).toBe('0000000008000000000000000001000000000000080100000000000000010000');
    expect(tree['/intc@8000000/:interrupts']).toBeUndefined();
    expect(tree['/timer/:compatible']).toBeDefined();
    expect(tree['/pl011@9000000/:reg']).toBe('00000000090000000000000000001000');
    expect(tree['/pl011@9000000/:interrupts']).toBe('000000000000000100000004');
    expect(tree['/cpus/cpu@1/:enable-method']).toBe(hexText('psci'));
    if (hasDtc) dtc(blob, 'dtb', 'dts');
  });
});

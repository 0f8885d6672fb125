/** The device tree of the `virt` board, in the shape of QEMU's, with a node for each part that the machine has. */

import { cells, encodeFdt, type FdtNode, node, strings } from '../arch/fdt.ts';
import { clockNode, deviceNodes } from './tree-devices.ts';
import { interruptNodes } from './tree-interrupts.ts';
import { at, PHANDLE, reg, type VirtTreeParts } from './tree-parts.ts';
import { VIRT_MAP, type Window } from './virt-map.ts';

/** `compatible` of a CPU model; the binding's word for a CPU that exists as a model only is `arm,armv8`. */
export const cpuCompatible = (model: string): string => (model === 'max' ? 'arm,armv8' : `arm,${model}`);

/** Encodes the tree as a blob. */
export function virtTree(parts: VirtTreeParts): Uint8Array {
  const { gic } = parts;
  return encodeFdt(
    node(
      '',
      {
        ...(gic && { 'interrupt-parent': cells(PHANDLE.gic) }),
        model: strings('linux,dummy-virt'),
        '#size-cells': cells(2),
        '#address-cells': cells(2),
        compatible: strings('linux,dummy-virt'),
      },
      [
        psci(parts.psciConduit),
        memory(parts.ram),
        ...deviceNodes(parts),
        ...(gic === undefined ? [] : interruptNodes(parts, gic)),
        cpus(parts),
        clockNode(),
        chosen(parts),
      ],
    ),
    parts.cpus[0],
  );
}

function psci(conduit: 'hvc' | 'smc'): FdtNode {
  return node('psci', {
    cpu_on: cells(0xc400_0003),
    cpu_off: cells(0x8400_0002),
    cpu_suspend: cells(0xc400_0001),
    method: strings(conduit),
    compatible: strings('arm,psci-1.0', 'arm,psci-0.2', 'arm,psci'),
  });
}

function memory(ram: Window): FdtNode {
  return node(at('memory', ram.base), { reg: reg(ram), device_type: strings('memory') });
}

function cpus(parts: VirtTreeParts): FdtNode {
  const nodes = parts.cpus.map((affinity) =>
    node(at('cpu', affinity), {
      reg: cells(affinity),
      // As on QEMU, only where there is a CPU to turn on.
      ...(parts.cpus.length > 1 && { 'enable-method': strings('psci') }),
      compatible: strings(parts.cpuCompatible),
      device_type: strings('cpu'),
    }),
  );
  return node('cpus', { '#size-cells': cells(0), '#address-cells': cells(1) }, nodes);
}

/** Seeds of a kernel's random numbers and of its place in memory: pi's digits, so that identical input gives an identical run. */
const RNG_SEED = [
  0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344, 0xa409_3822, 0x299f_31d0, 0x082e_fa98, 0xec4e_6c89,
];
const KASLR_SEED = [0x4528_21e6, 0x38d0_1377];

function chosen({ bootargs }: VirtTreeParts): FdtNode {
  return node('chosen', {
    'rng-seed': cells(...RNG_SEED),
    'kaslr-seed': cells(...KASLR_SEED),
    ...(bootargs === undefined ? {} : { bootargs: strings(bootargs) }),
    'stdout-path': strings(`/${at('pl011', VIRT_MAP.uart.base)}`),
  });
}

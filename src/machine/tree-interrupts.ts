/** Nodes of the GIC, and of what has private interrupts: the generic timers and the Performance Monitors. */

import { cells, type FdtNode, flag, node, strings } from '../arch/fdt.ts';
import { at, GIC_PPI, LEVEL_HIGH, PHANDLE, reg, type TreeGic, type VirtTreeParts } from './tree-parts.ts';
import { PPI, VIRT_MAP, type Window } from './virt-map.ts';

/** All of them, for a GIC. */
export function interruptNodes({ hasPmu, cpus: { length } }: VirtTreeParts, gic: TreeGic): FdtNode[] {
  const { version } = gic;
  // With a GICv2, flags of a private interrupt carry the mask of its CPUs in bits [15:8] (Linux, arm,gic.yaml).
  const flags = version === 2 ? (((1 << length) - 1) << 8) | LEVEL_HIGH : LEVEL_HIGH;
  return [...(hasPmu ? [pmu(flags)] : []), version === 2 ? gicv2(gic) : gicv3(gic), timer(flags)];
}

/** What every GIC's node has, and its registers. */
const controller = (hasVirtual: boolean, compatible: string, windows: Window[]): Record<string, Uint8Array> => ({
  phandle: cells(PHANDLE.gic),
  ...(hasVirtual && { interrupts: cells(GIC_PPI, PPI.maintenance, LEVEL_HIGH) }),
  reg: reg(...windows),
  compatible: strings(compatible),
  ranges: flag(),
  '#size-cells': cells(2),
  '#address-cells': cells(2),
  'interrupt-controller': flag(),
  '#interrupt-cells': cells(3),
});

function gicv2({ hasVirtual, hasMsiFrame }: TreeGic): FdtNode {
  const { gicDistributor, gicCpuInterface, gicHypervisor, gicVirtualCpu } = VIRT_MAP;
  const windows = [gicDistributor, gicCpuInterface, ...(hasVirtual ? [gicHypervisor, gicVirtualCpu] : [])];
  return node(
    at('intc', gicDistributor.base),
    controller(hasVirtual, 'arm,cortex-a15-gic', windows),
    hasMsiFrame ? [msiFrame()] : [],
  );
}

function msiFrame(): FdtNode {
  return node(at('v2m', VIRT_MAP.gicMsiFrame.base), {
    phandle: cells(PHANDLE.msiFrame),
    reg: reg(VIRT_MAP.gicMsiFrame),
    'msi-controller': flag(),
    compatible: strings('arm,gic-v2m-frame'),
  });
}

function gicv3({ hasVirtual }: TreeGic): FdtNode {
  const { gicDistributor, gicRedistributors } = VIRT_MAP;
  return node(at('intc', gicDistributor.base), {
    ...controller(hasVirtual, 'arm,gic-v3', [gicDistributor, gicRedistributors]),
    '#redistributor-regions': cells(1),
  });
}

function pmu(flags: number): FdtNode {
  return node('pmu', {
    interrupts: cells(GIC_PPI, PPI.pmu, flags),
    compatible: strings('arm,armv8-pmuv3'),
  });
}

function timer(flags: number): FdtNode {
  const lines = [PPI.secureTimer, PPI.physicalTimer, PPI.virtualTimer, PPI.hypervisorTimer];
  return node('timer', {
    interrupts: cells(...lines.flatMap((line) => [GIC_PPI, line, flags])),
    'always-on': flag(),
    compatible: strings('arm,armv8-timer', 'arm,armv7-timer'),
  });
}

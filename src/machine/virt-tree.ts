/** The device tree of the `virt` board, in the shape of QEMU's, with a node for each part that the machine has. */

import { cells, encodeFdt, type FdtNode, flag, node, strings, u64s } from '../arch/fdt.ts';
import { TRANSPORT_BYTES, TRANSPORTS } from '../devices/virtio/transports.ts';
import type { GicVersion } from './hardware-options.ts';
import { PPI, SPI, VIRT_MAP, type Window } from './virt-map.ts';

/** What a GIC has: its architecture version, a virtual interface, and with GICv2 a frame for message-signalled interrupts. */
export interface TreeGic {
  readonly version: GicVersion;
  readonly hasVirtual: boolean;
  readonly hasMsiFrame: boolean;
}

/** What a machine has. */
export interface VirtTreeParts {
  /** RAM by PA, in bytes. */
  ram: Window;
  /** `compatible` of the CPUs, such as `arm,cortex-a57`. */
  cpuCompatible: string;
  /** MPIDR_EL1 affinity bits [23:0] of each CPU, the boot CPU first. */
  cpus: readonly number[];
  /** How the guest calls PSCI: HVC when the machine has no EL2, else SMC. */
  psciConduit: 'hvc' | 'smc';
  /** The GIC that has the interrupt lines of the devices and the generic timers. */
  gic?: TreeGic;
  /** A PL031. */
  hasRtc: boolean;
  /** Performance Monitors, whose interrupt goes to the GIC. */
  hasPmu: boolean;
  /** A PL061 with the power button on its line 3. */
  hasGpio: boolean;
  /** Both banks of NOR flash, and the firmware configuration device. */
  hasFirmwareDevices: boolean;
  /** The virtio-mmio transports, with devices or without. */
  hasVirtio: boolean;
  /** Command line of the kernel. */
  bootargs?: string;
}

/** `compatible` of a CPU model; the binding's word for a CPU that exists as a model only is `arm,armv8`. */
export const cpuCompatible = (model: string): string => (model === 'max' ? 'arm,armv8' : `arm,${model}`);

const CLOCK = 0x8000;
const GIC = 0x8002;
const GPIO = 0x8003;
const MSI_FRAME = 0x8004;
const GIC_SPI = 0;
const GIC_PPI = 1;
const EDGE_RISING = 1;
const LEVEL_HIGH = 4;
/** Of Linux's input events. */
const KEY_POWER = 116;
const POWER_BUTTON_LINE = 3;
const ACTIVE_HIGH = 0;
/** Width of the flash banks. */
const FLASH_BYTES = 4;

/** Encodes the tree as a blob. */
export function virtTree(parts: VirtTreeParts): Uint8Array {
  const { gic } = parts;
  return encodeFdt(
    node(
      '',
      {
        ...(gic && { 'interrupt-parent': cells(GIC) }),
        model: strings('linux,dummy-virt'),
        '#size-cells': cells(2),
        '#address-cells': cells(2),
        compatible: strings('linux,dummy-virt'),
      },
      [
        psci(parts.psciConduit),
        memory(parts.ram),
        ...(parts.hasVirtio ? virtio(parts) : []),
        ...(parts.hasFirmwareDevices ? [fwCfg(), flash()] : []),
        ...(parts.hasGpio ? [gpioKeys(), gpio(parts)] : []),
        ...(parts.hasRtc ? [rtc(parts)] : []),
        uart(parts),
        ...(gic === undefined ? [] : interrupts(parts, gic)),
        cpus(parts),
        clock(),
        chosen(parts),
      ],
    ),
    parts.cpus[0],
  );
}

const at = (name: string, address: number): string => `${name}@${address.toString(16)}`;
const reg = (...windows: Window[]): Uint8Array => u64s(...windows.flatMap((w) => [w.base, w.size]));

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

/** The line of a device, where there is something that takes it. */
const line = ({ gic }: VirtTreeParts, spi: number, trigger = LEVEL_HIGH): Record<string, Uint8Array> =>
  gic === undefined ? {} : { interrupts: cells(GIC_SPI, spi, trigger) };

function virtio(parts: VirtTreeParts): FdtNode[] {
  return Array.from({ length: TRANSPORTS }, (_, index) => {
    const window = { base: VIRT_MAP.virtio.base + index * TRANSPORT_BYTES, size: TRANSPORT_BYTES };
    return node(at('virtio_mmio', window.base), {
      'dma-coherent': flag(),
      ...line(parts, SPI.virtio + index, EDGE_RISING),
      reg: reg(window),
      compatible: strings('virtio,mmio'),
    });
  });
}

function fwCfg(): FdtNode {
  return node(at('fw-cfg', VIRT_MAP.fwCfg.base), {
    'dma-coherent': flag(),
    reg: reg(VIRT_MAP.fwCfg),
    compatible: strings('qemu,fw-cfg-mmio'),
  });
}

function flash(): FdtNode {
  return node(at('flash', VIRT_MAP.flash0.base), {
    'bank-width': cells(FLASH_BYTES),
    reg: reg(VIRT_MAP.flash0, VIRT_MAP.flash1),
    compatible: strings('cfi-flash'),
  });
}

function gpioKeys(): FdtNode {
  const poweroff = node('poweroff', {
    gpios: cells(GPIO, POWER_BUTTON_LINE, ACTIVE_HIGH),
    'linux,code': cells(KEY_POWER),
    label: strings('GPIO Key Poweroff'),
  });
  return node('gpio-keys', { compatible: strings('gpio-keys') }, [poweroff]);
}

function gpio(parts: VirtTreeParts): FdtNode {
  return node(at('pl061', VIRT_MAP.gpio.base), {
    phandle: cells(GPIO),
    'clock-names': strings('apb_pclk'),
    clocks: cells(CLOCK),
    ...line(parts, SPI.gpio),
    'gpio-controller': flag(),
    '#gpio-cells': cells(2),
    compatible: strings('arm,pl061', 'arm,primecell'),
    reg: reg(VIRT_MAP.gpio),
  });
}

function rtc(parts: VirtTreeParts): FdtNode {
  return node(at('pl031', VIRT_MAP.rtc.base), {
    'clock-names': strings('apb_pclk'),
    clocks: cells(CLOCK),
    ...line(parts, SPI.rtc),
    reg: reg(VIRT_MAP.rtc),
    compatible: strings('arm,pl031', 'arm,primecell'),
  });
}

function uart(parts: VirtTreeParts): FdtNode {
  return node(at('pl011', VIRT_MAP.uart.base), {
    'clock-names': strings('uartclk', 'apb_pclk'),
    clocks: cells(CLOCK, CLOCK),
    ...line(parts, SPI.uart),
    reg: reg(VIRT_MAP.uart),
    compatible: strings('arm,pl011', 'arm,primecell'),
  });
}

function interrupts({ hasPmu, cpus: { length } }: VirtTreeParts, gic: TreeGic): FdtNode[] {
  const { version } = gic;
  // With a GICv2, flags of a private interrupt carry the mask of its CPUs in bits [15:8] (Linux, arm,gic.yaml).
  const flags = version === 2 ? (((1 << length) - 1) << 8) | LEVEL_HIGH : LEVEL_HIGH;
  return [...(hasPmu ? [pmu(flags)] : []), version === 2 ? gicv2(gic) : gicv3(gic), timer(flags)];
}

/** What every GIC's node has, and its registers. */
const controller = (hasVirtual: boolean, compatible: string, windows: Window[]): Record<string, Uint8Array> => ({
  phandle: cells(GIC),
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
    phandle: cells(MSI_FRAME),
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

function clock(): FdtNode {
  return node('apb-pclk', {
    phandle: cells(CLOCK),
    'clock-output-names': strings('clk24mhz'),
    'clock-frequency': cells(24_000_000),
    '#clock-cells': cells(0),
    compatible: strings('fixed-clock'),
  });
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

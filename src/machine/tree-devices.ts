/** Nodes of the board's devices but for the GIC, and of the clock that they run on. */

import { cells, type FdtNode, flag, node, strings } from '../arch/fdt.ts';
import { TRANSPORT_BYTES, TRANSPORTS } from '../devices/virtio/transports.ts';
import { at, EDGE_RISING, line, PHANDLE, reg, type VirtTreeParts } from './tree-parts.ts';
import { SPI, VIRT_MAP } from './virt-map.ts';

/** Of Linux's input events. */
const KEY_POWER = 116;
const POWER_BUTTON_LINE = 3;
const ACTIVE_HIGH = 0;
/** Width of the flash banks. */
const FLASH_BYTES = 4;

/** The nodes of the devices that the machine has, in QEMU's order. */
export function deviceNodes(parts: VirtTreeParts): FdtNode[] {
  return [
    ...(parts.hasVirtio ? virtio(parts) : []),
    ...(parts.hasFirmwareDevices ? [fwCfg(), flash()] : []),
    ...(parts.hasGpio ? [gpioKeys(), gpio(parts)] : []),
    ...(parts.hasRtc ? [rtc(parts)] : []),
    uart(parts),
  ];
}

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
    gpios: cells(PHANDLE.gpio, POWER_BUTTON_LINE, ACTIVE_HIGH),
    'linux,code': cells(KEY_POWER),
    label: strings('GPIO Key Poweroff'),
  });
  return node('gpio-keys', { compatible: strings('gpio-keys') }, [poweroff]);
}

function gpio(parts: VirtTreeParts): FdtNode {
  return node(at('pl061', VIRT_MAP.gpio.base), {
    phandle: cells(PHANDLE.gpio),
    'clock-names': strings('apb_pclk'),
    clocks: cells(PHANDLE.clock),
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
    clocks: cells(PHANDLE.clock),
    ...line(parts, SPI.rtc),
    reg: reg(VIRT_MAP.rtc),
    compatible: strings('arm,pl031', 'arm,primecell'),
  });
}

function uart(parts: VirtTreeParts): FdtNode {
  return node(at('pl011', VIRT_MAP.uart.base), {
    'clock-names': strings('uartclk', 'apb_pclk'),
    clocks: cells(PHANDLE.clock, PHANDLE.clock),
    ...line(parts, SPI.uart),
    reg: reg(VIRT_MAP.uart),
    compatible: strings('arm,pl011', 'arm,primecell'),
  });
}

/** The clock of the devices. */
export function clockNode(): FdtNode {
  return node('apb-pclk', {
    phandle: cells(PHANDLE.clock),
    'clock-output-names': strings('clk24mhz'),
    'clock-frequency': cells(24_000_000),
    '#clock-cells': cells(0),
    compatible: strings('fixed-clock'),
  });
}

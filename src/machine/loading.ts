/** Puts what a machine starts from into its memory: an image, or firmware, and what comes with them. */

import { hex } from '../arch/addresses.ts';
import { withRoom } from '../arch/fdt.ts';
import { withChosen } from '../arch/fdt-chosen.ts';
import { type LoadedImage, loadImage } from '../arch/image/loader.ts';
import type { Bus } from '../devices/bus.ts';
import { fwCfgItems } from '../devices/fw-cfg/items.ts';
import type { Board } from './board.ts';
import { type Entry, type Loader, modulesOf, runLoaders, type TakenRange } from './loaders.ts';
import { MachineError } from './machine-error.ts';
import { VIRT_MAP, type Window } from './virt-map.ts';

export interface LoadOptions {
  /** Boot arguments, for the device tree and for SYS_GET_CMDLINE. */
  readonly append?: string | undefined;
  /** Initial RAM disk of a kernel. */
  readonly initrd?: Uint8Array | undefined;
  /** A device tree in place of `Machine.deviceTree`; only what /chosen says of the image and the loaders is put into it. */
  readonly deviceTree?: Uint8Array | undefined;
  /** Goes into the first bank of flash and starts there; an image and what belongs to it are for it to load, by fw_cfg. */
  readonly firmware?: Uint8Array | undefined;
  /** What goes into memory besides. */
  readonly loaders?: readonly Loader[] | undefined;
}

/** Where things go. */
export interface LoadPlace {
  readonly bus: Bus;
  readonly board: Board;
  readonly ram: Window;
  readonly cpuCount: number;
  /** The machine's own device tree, with boot arguments. */
  readonly deviceTree: Uint8Array;
  /** A file is in the first bank of flash. */
  readonly hasFlash: boolean;
}

/** Size of the device tree that firmware finds, as on QEMU: it has room for what firmware adds. */
const FIRMWARE_TREE_BYTES = 0x10_0000;

/**
 * Loads everything; an image is optional where something else starts. Throws ImageError and MachineError for what cannot be
 * loaded, and FdtError for a given device tree that is none.
 */
export function loadMachine(
  place: LoadPlace,
  file: Uint8Array | undefined,
  options: LoadOptions,
): { image: LoadedImage; entries: Entry[] } {
  const { bus, board, ram, cpuCount, hasFlash } = place;
  const { append, initrd, deviceTree: given, firmware, loaders = [] } = options;
  if (firmware !== undefined && hasFlash)
    throw new MachineError('firmware would take the place of what flash bank 0 has');
  const own = given === undefined ? place.deviceTree : withChosen(given, { bootargs: append });
  const deviceTree = withChosen(own, { modules: modulesOf(loaders) });
  const isFirmware = firmware !== undefined || hasFlash;
  const kernel = isFirmware ? { kernel: file, initrd, commandLine: file && (append ?? '') } : {};
  board.fwCfg.items = fwCfgItems({ cpuCount, ...kernel });
  if (firmware !== undefined) board.flash.load(firmware);
  const image =
    file === undefined || isFirmware
      ? bareImage(bus, ram, isFirmware ? withRoom(deviceTree, FIRMWARE_TREE_BYTES) : deviceTree)
      : loadImage(bus, { file, initrd, ramBase: ram.base, ramBytes: ram.size, deviceTree });
  return { image, entries: runLoaders(bus, loaders, cpuCount, rangesOf(image)) };
}

/** Where the image and what belongs to it lie. */
function rangesOf({ ranges, initrd, deviceTree, deviceTreeAddress }: LoadedImage): TakenRange[] {
  const tree = deviceTreeAddress === undefined ? [] : [{ address: deviceTreeAddress, bytes: deviceTree.length }];
  return [
    ...ranges.map((range) => ({ name: 'the image', ...range })),
    ...(initrd === undefined ? [] : [{ name: 'the initrd', ...initrd }]),
    ...tree.map((range) => ({ name: 'the device tree', ...range })),
  ];
}

/** The CPUs start at reset's vector, in flash; what is there finds the device tree at the beginning of RAM. */
function bareImage(bus: Bus, ram: Window, deviceTree: Uint8Array): LoadedImage {
  if (!bus.writeBytes(ram.base, deviceTree)) {
    throw new MachineError(`${hex(ram.size)} bytes of RAM have no room for the device tree; give more memory with -m`);
  }
  return {
    format: 'firmware',
    entry: VIRT_MAP.flash0.base,
    x0: 0,
    ranges: [],
    initrd: undefined,
    deviceTree,
    deviceTreeAddress: ram.base,
    symbols: [],
  };
}

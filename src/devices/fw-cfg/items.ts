/** What QEMU's firmware configuration device tells: items by key, the names of files, and their encodings. */

import { strings } from '../../arch/fdt.ts';

/** Keys of items (QEMU, docs/specs/fw_cfg.rst; Linux, include/uapi/linux/qemu_fw_cfg.h). */
const KEY = {
  signature: 0x00,
  id: 0x01,
  uuid: 0x02,
  noGraphic: 0x04,
  cpuCount: 0x05,
  kernelSize: 0x08,
  initrdSize: 0x0b,
  bootMenu: 0x0e,
  kernelData: 0x11,
  initrdData: 0x12,
  commandLineSize: 0x14,
  commandLineData: 0x15,
  fileDirectory: 0x19,
  firstFile: 0x20,
} as const;

/** Of `id`: the interface by registers, and DMA. */
const FEATURES = 0b11;
const UUID_BYTES = 16;
const NAME_BYTES = 56;
const FILE_BYTES = 8 + NAME_BYTES;

export type FwCfgItems = ReadonlyMap<number, Uint8Array>;

/** What firmware is to start. */
export interface FwCfgKernel {
  readonly kernel?: Uint8Array | undefined;
  readonly initrd?: Uint8Array | undefined;
  readonly commandLine?: string | undefined;
}

export interface FwCfgContents extends FwCfgKernel {
  readonly cpuCount: number;
}

/** Files by name, as QEMU has them on a board without ACPI tables: no order of boot devices, and no wait after a failed boot. */
const FILES: readonly [string, Uint8Array][] = [
  ['bootorder', new Uint8Array(0)],
  ['etc/boot-fail-wait', integer(-1, 4)],
];

/** All items. */
export function fwCfgItems({ cpuCount, kernel, initrd, commandLine }: FwCfgContents): FwCfgItems {
  const items = new Map<number, Uint8Array>([
    [KEY.signature, text('QEMU')],
    [KEY.id, integer(FEATURES, 4)],
    [KEY.uuid, new Uint8Array(UUID_BYTES)],
    [KEY.noGraphic, integer(1, 2)],
    [KEY.cpuCount, integer(cpuCount, 2)],
    [KEY.bootMenu, integer(0, 2)],
    [KEY.fileDirectory, directory()],
  ]);
  for (const [index, [, bytes]] of FILES.entries()) items.set(KEY.firstFile + index, bytes);
  const add = (size: number, data: number, bytes: Uint8Array | undefined): void => {
    if (bytes === undefined) return;
    items.set(size, integer(bytes.length, 4));
    items.set(data, bytes);
  };
  add(KEY.kernelSize, KEY.kernelData, kernel);
  add(KEY.initrdSize, KEY.initrdData, initrd);
  add(KEY.commandLineSize, KEY.commandLineData, commandLine === undefined ? undefined : strings(commandLine));
  return items;
}

/** Number of files, then size, key and name of each, big-endian. */
function directory(): Uint8Array {
  const out = new Uint8Array(4 + FILES.length * FILE_BYTES);
  const view = new DataView(out.buffer);
  view.setUint32(0, FILES.length);
  FILES.forEach(([name, bytes], index) => {
    const at = 4 + index * FILE_BYTES;
    view.setUint32(at, bytes.length);
    view.setUint16(at + 4, KEY.firstFile + index);
    out.set(text(name), at + 8);
  });
  return out;
}

/** Little-endian. */
function integer(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => value >> (8 * i));
}

const text = (value: string): Uint8Array => strings(value).slice(0, -1);

/** What a command line asks for, with the values that hold when it says nothing. */

import type { Category } from '../arch/trace.ts';
import type { TlbKind } from '../cpu/engine/cpu.ts';
import type { EngineMode } from '../cpu/engine/engine.ts';
import type { TraceFormat } from '../debug/attach.ts';
import type { TraceFilter } from '../debug/filter.ts';
import type { GicVersion } from '../machine/hardware-options.ts';
import { defaultFirmware, type FirmwareSettings } from './firmware/settings.ts';
import { defaultVirtio, type VirtioSettings } from './virtio/settings.ts';

/**
 * Where the guest's console goes. `stdio` and `mon:stdio` take stdin too, the latter with Ctrl-A for the monitor;
 * `default` is `mon:stdio` in a terminal, else `stdio`.
 */
export type Serial =
  | { readonly kind: 'default' | 'stdio' | 'mon:stdio' | 'null' }
  | { readonly kind: 'file'; readonly path: string };

/** `boot` gives an image the whole machine, `run` a VM. */
export type GuestCommand = 'boot' | 'run';

/** Everything about one run; the flags fill it in. */
export interface Settings {
  readonly command: GuestCommand;
  /** Paths of the images, at most one for `boot`. */
  images: string[];
  cpu: string;
  /** Number of CPUs of the machine, or of each VM. */
  cpus: number;
  /** Number of physical CPUs under the VMs. */
  pcpus: number;
  /** RAM of the machine, or of each VM. */
  memoryBytes: number;
  /** Stage 2 of each VM: bytes of a page, size of the IPA space in bits, whether blocks map what they can. */
  pageBytes: number;
  ipaBits: number;
  hugePages: boolean;
  /** Where RAM of the machine begins, a PA; undefined: where the board has it. */
  ramBase: number | undefined;
  virtualization: boolean;
  gicVersion: GicVersion;
  /** Path for the device tree, in place of a run. */
  dumpDtb: string | undefined;
  /** Path of a device tree in place of el2's. */
  dtb: string | undefined;
  append: string | undefined;
  /** Path of the kernel's initial RAM disk. */
  initrd: string | undefined;
  semihosting: boolean;
  /** Path of the folder whose files semihosting may use. */
  semihostingDir: string | undefined;
  /** What the clocks show at the start, in seconds since 1970, or the host's date; undefined: the fixed date. */
  rtcBase: number | 'utc' | undefined;
  noReboot: boolean;
  /** Real time follows the virtual time in which no CPU can run. */
  realtime: boolean;
  serial: Serial;
  readonly virtio: VirtioSettings;
  readonly firmware: FirmwareSettings;
  engine: EngineMode;
  tlb: TlbKind;
  /** Wall-clock seconds. */
  timeout: number;
  maxInstructions: number;
  until: string | undefined;
  failOn: string | undefined;
  /** Path of the JSON account. */
  result: string | undefined;
  /** Print what the run counted, and put what depends on the engine into the account too. */
  stats: boolean;
  traceCategories: Category[];
  /** Path of the trace; undefined: stderr. */
  traceFile: string | undefined;
  traceFormat: TraceFormat;
  traceFilter: TraceFilter;
}

/** Settings of a command line without flags. */
export function defaultSettings(command: GuestCommand): Settings {
  return {
    command,
    images: [],
    cpu: 'cortex-a57',
    cpus: 1,
    pcpus: 1,
    memoryBytes: 128 * 2 ** 20,
    pageBytes: 4096,
    ipaBits: 40,
    hugePages: false,
    ramBase: undefined,
    virtualization: false,
    gicVersion: 2,
    dumpDtb: undefined,
    dtb: undefined,
    append: undefined,
    initrd: undefined,
    semihosting: command === 'run',
    semihostingDir: undefined,
    rtcBase: undefined,
    noReboot: false,
    realtime: false,
    serial: { kind: 'default' },
    virtio: defaultVirtio(),
    firmware: defaultFirmware(),
    engine: 'auto',
    tlb: 'normal',
    timeout: Number.POSITIVE_INFINITY,
    maxInstructions: Number.POSITIVE_INFINITY,
    until: undefined,
    failOn: undefined,
    result: undefined,
    stats: false,
    traceCategories: [],
    traceFile: undefined,
    traceFormat: 'text',
    traceFilter: {},
  };
}

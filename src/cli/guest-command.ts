/** `el2 boot` and `el2 run` from settings to exit code: files, consoles, trace, run, result. */

import { type AttachedTrace, attachTrace } from '../debug/attach.ts';
import type { Host, OutputFile } from '../host/host.ts';
import { OutOfFrames, SlotError, VmError } from '../hyp/errors.ts';
import { MachineError } from '../machine/machine-error.ts';
import { bootMachine, machineTree } from './boot.ts';
import { Consoles } from './console.ts';
import { drive } from './drive.ts';
import { loaderOf } from './firmware/supplies.ts';
import type { GuestRun, Supplies, Surroundings } from './guest.ts';
import { type ImageFile, readDeviceTree, readImages, readInitrd } from './image-file.ts';
import { type Keyboard, plainKeyboard } from './keyboard.ts';
import { Monitor } from './monitor/monitor.ts';
import { nearest } from './nearest.ts';
import { Reports } from './report.ts';
import { resultText } from './result.ts';
import { runVms } from './run.ts';
import type { Settings } from './settings.ts';
import { statisticsText } from './statistics-text.ts';
import { UsageError } from './usage-error.ts';
import { Backends } from './virtio/backends.ts';
import { vmTree } from './vm-guest.ts';

/** Files that the command writes; all are opened before the guest runs, so that a bad name shows at once. */
interface Files {
  readonly serial: OutputFile | undefined;
  readonly trace: OutputFile | undefined;
  readonly result: OutputFile | undefined;
}

/** Runs the guests of a command line; returns the exit code. Throws UsageError and FileError. */
export async function guestCommand(settings: Settings, host: Host): Promise<number> {
  if (settings.dumpDtb !== undefined) return dumpTree(settings, settings.dumpDtb, host);
  const images = readImages(settings, host);
  checkVmNames(settings, images);
  const usesStdio = ['default', 'stdio', 'mon:stdio'].includes(settings.serial.kind);
  let serial: Pick<OutputFile, 'write'> | undefined = usesStdio ? host.stdout : undefined;
  const consoles = new Consoles((bytes) => serial?.write(bytes), settings);
  let trace: AttachedTrace | undefined;
  const reports = new Reports(host, () => {
    consoles.finish();
    trace?.flush();
  });
  const prefixOf = (vm: string): string => (images.length > 1 ? `[${vm}] ` : '');
  const prefixes = settings.command === 'boot' ? [''] : images.map(({ name }) => prefixOf(name));
  const { until, failOn } = settings;
  const backends = new Backends(settings.virtio, {
    ...{ host, until, failOn, prefixes },
    stop: () => guest.stop(),
  });
  if (usesStdio && backends.chardevs.stdio !== undefined) {
    throw new UsageError(`-chardev ${backends.chardevs.stdio}: the UART has stdio; add -serial null`);
  }
  const guest = makeGuest(settings, images, {
    consoleOf: (vm) => consoles.open(vm === undefined ? '' : prefixOf(vm)),
    virtioOf: (number) => backends.of(number),
    onFailure: reports.failure,
    ...suppliesOf(settings, host),
    flash: backends.flash,
  });
  if (settings.stats) guest.system.engine.regions.clockMs = () => host.now();
  const files = openFiles(settings, host);
  serial ??= files.serial;
  trace = await startTrace(settings, guest, files.trace ?? host.stderr);
  const flush = (): void => {
    consoles.flush();
    backends.chardevs.flush();
    trace?.flush();
  };
  const keyboard = usesStdio
    ? keyboardOf(settings, guest, host, () => consoles.flush())
    : backends.input && plainKeyboard({ input: backends.input });
  const end = await drive(guest, settings, {
    host,
    keyboard,
    realtime: settings.realtime || (keyboard !== undefined && host.isInteractive),
    seen: () => consoles.seen ?? backends.chardevs.seen,
    flush,
  });
  reports.end(end, guest);
  consoles.finish();
  trace?.detach();
  if (settings.stats) host.stderr.write(statisticsText(guest));
  files.result?.write(resultText(end, guest, reports.postMortems, settings.stats));
  for (const file of Object.values(files)) file?.close();
  backends.close();
  return end.code;
}

/** Throws UsageError when `--trace-vm` names a VM that there is not. */
function checkVmNames({ traceFilter: { vms = [] } }: Settings, images: readonly ImageFile[]): void {
  const names = images.map(({ name }) => name);
  const unknown = vms.find((vm) => !names.includes(vm));
  if (unknown === undefined) return;
  const guess = nearest(unknown, names);
  const hint = guess === undefined ? '' : `did you mean '${guess}'? `;
  throw new UsageError(`--trace-vm: no VM is called '${unknown}': ${hint}the VMs are ${names.join(', ')}`);
}

function keyboardOf({ serial }: Settings, guest: GuestRun, host: Host, flush: () => void): Keyboard {
  if (serial.kind !== 'mon:stdio' && !(serial.kind === 'default' && host.isInteractive)) return plainKeyboard(guest);
  return new Monitor(guest, (text) => {
    flush();
    host.stdout.write(text);
  });
}

function openFiles({ serial, traceFile, result }: Settings, host: Host): Files {
  const open = (path: string | undefined) => (path === undefined ? undefined : host.createFile(path));
  return {
    serial: open(serial.kind === 'file' ? serial.path : undefined),
    trace: open(traceFile),
    result: open(result),
  };
}

/** Writes the device tree that the guest would be given. */
function dumpTree(settings: Settings, path: string, host: Host): number {
  const [image] = readImages(settings, host);
  const treeOf = settings.command === 'boot' ? machineTree : vmTree;
  const blob = asAsked(() => treeOf(settings, image, suppliesOf(settings, host)));
  const file = host.createFile(path);
  file.write(blob);
  file.close();
  return 0;
}

function suppliesOf(settings: Settings, host: Host): Supplies {
  const { dtb, initrd, semihostingDir, rtcBase, firmware } = settings;
  const { bios, loaders } = firmware;
  return {
    deviceTree: dtb === undefined ? undefined : readDeviceTree(dtb, host),
    initrd: initrd === undefined ? undefined : readInitrd(initrd, settings, host),
    files: semihostingDir === undefined ? undefined : host.guestFiles(semihostingDir),
    startSeconds: rtcBase === 'utc' ? host.date() : rtcBase,
    firmware: bios === undefined ? undefined : { path: bios, bytes: host.readFile(bios) },
    loaders: loaders.map((loader) => loaderOf(loader, host)),
  };
}

const makeGuest = (settings: Settings, images: readonly ImageFile[], outside: Surroundings): GuestRun =>
  asAsked(() =>
    settings.command === 'boot' ? bootMachine(settings, images[0], outside) : runVms(settings, images, outside),
  );

/** Makes a machine or VMs. What cannot be made as asked is a UsageError. */
function asAsked<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    const isOfStage2 = error instanceof VmError || error instanceof SlotError;
    if (isOfStage2) throw new UsageError(`${error.message}; choose another -m, --granule, --ipa-bits or -cpu`);
    if (error instanceof MachineError || error instanceof OutOfFrames) throw new UsageError(error.message);
    throw error;
  }
}

async function startTrace(
  { traceCategories, traceFormat, traceFilter }: Settings,
  guest: GuestRun,
  output: Pick<OutputFile, 'write'>,
): Promise<AttachedTrace | undefined> {
  if (traceCategories.length === 0) return undefined;
  return attachTrace(guest.system, {
    categories: traceCategories,
    format: traceFormat,
    filter: traceFilter,
    write: (text) => output.write(text),
    vm: (cpu) => guest.vmName(cpu),
    symbols: (vm) => guest.symbols(vm),
  });
}

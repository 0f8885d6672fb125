/** Runs a cell of the matrix in el2 or in QEMU, each as a process of its own, and measures it. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, firmwareFile, guestFiles, XEN_FILES } from '../../../scripts/guests/folders.ts';
import type { Cell } from './cells.ts';
import { kvmInitramfs } from './kvm-initramfs.ts';

/** The line that `/init` prints first. */
export const MARKER = 'BOOT-OK';
/** Instructions that no boot needs, with the checks of busybox and with those of the programs. */
const LIMIT = 6_000_000_000;
const PROGRAMS_LIMIT = 60_000_000_000;
/** Seconds for a host that is slow or busy. */
const TIMEOUT = 1200;
const MIB = 2 ** 20;
const DISK_BYTES = 64 * MIB;
const POLL_MS = 200;
/** Clock ticks a second that Linux tells user space. */
const USER_HZ = 100;

/** A finished run. */
export interface Figures {
  readonly console: string;
  /** Wall-clock seconds to the marker, and to the end. */
  readonly markerSeconds: number | undefined;
  readonly seconds: number;
  /** Processor seconds of all its threads, and the most that it had resident, in MiB; 0 where the host does not tell. */
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

/** What el2 writes for `--result`, as far as it is used here. */
export interface Account {
  readonly reason: string;
  readonly code: number;
  readonly message: string;
  readonly instructions: number;
  readonly virtualNanoseconds: number;
}

export interface El2Figures extends Figures {
  readonly account: Account;
}

/** VmHWM, the high-water mark of the resident set, utime and stime (proc(5)) of a process; undefined when it has ended. */
function usageOf({ pid }: ChildProcess): Pick<Figures, 'cpuSeconds' | 'peakMib'> | undefined {
  try {
    const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    // The second field, a name in parentheses, may have spaces; utime and stime are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    if (peak === undefined) return undefined;
    return { peakMib: Number(peak) / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / USER_HZ };
  } catch {
    return undefined;
  }
}

async function measure(program: string, args: readonly string[]): Promise<Figures> {
  const start = performance.now();
  const passed = (): number => (performance.now() - start) / 1000;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let console = '';
  let errors = '';
  let markerSeconds: number | undefined;
  let usage = { cpuSeconds: 0, peakMib: 0 };
  const poll = setInterval(() => {
    usage = usageOf(child) ?? usage;
  }, POLL_MS);
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT * 1000);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    console += text;
    if (markerSeconds === undefined && console.includes(MARKER)) markerSeconds = passed();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  try {
    await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  } finally {
    clearInterval(poll);
    clearTimeout(timer);
  }
  return { console: console + errors, markerSeconds, seconds: passed(), ...usage };
}

/** The initramfs of a cell; that for KVM is made in the folder. */
function initrdOf({ kernel, kvm, nested, selftests, xen, programs }: Cell, folder: string): string {
  const files = guestFiles(kernel);
  if (xen === 'two domains') return XEN_FILES.initrd;
  if (nested) return files.nested;
  if (selftests) return files.selftests;
  if (!kvm) return programs ? files.programs : files.initrd;
  const made = join(folder, 'kvm.cpio');
  writeFileSync(made, kvmInitramfs());
  return made;
}

function memoryOf({ nested, selftests, xen, programs }: Cell): string {
  if (nested || selftests || xen !== undefined) return '2G';
  return programs ? '1G' : '512M';
}

/** Xen, and what it starts as its first domain. */
const xenFlags = (image: string, initrd: string): string[] => [
  ...['-kernel', XEN_FILES.hypervisor, '-append', 'console=dtuart dom0_mem=768M bootscrub=off'],
  ...['-device', `guest-loader,addr=0x50000000,kernel=${image},bootargs=console=hvc0 quiet`],
  ...['-device', `guest-loader,addr=0x58000000,initrd=${initrd}`],
];

/** The board that both emulators understand. */
const boardOf = ({ gic = 2, el2 = false }: Cell): string =>
  `virt,gic-version=${gic},virtualization=${el2 ? 'on' : 'off'}`;

/** The flags that both emulators understand. */
function flags(cell: Cell, folder: string): string[] {
  const { image } = guestFiles(cell.kernel);
  const args = ['-cpu', cell.cpu, '-smp', String(cell.cpus), '-m', memoryOf(cell), '-no-reboot'];
  const initrd = initrdOf(cell, folder);
  if (cell.xen === undefined) args.push('-kernel', image, '-initrd', initrd, '-append', 'console=ttyAMA0 quiet');
  else args.push(...xenFlags(image, initrd));
  if (cell.firmware !== undefined) args.push('-bios', firmwareFile(cell.firmware));
  if (cell.virtio) {
    const disk = join(folder, 'disk');
    writeFileSync(disk, '');
    truncateSync(disk, DISK_BYTES);
    args.push('-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', 'virtio-blk-device,drive=disk');
    args.push('-device', 'virtio-rng-device');
  }
  return args;
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  mkdirSync(cacheFolder(), { recursive: true });
  const folder = mkdtempSync(join(cacheFolder(), 'run-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Boots a cell in el2, to its end or to the text of `--until` in `more`. */
export function runEl2(cell: Cell, more: readonly string[] = []): Promise<El2Figures> {
  return inFolder(async (folder) => {
    const result = join(folder, 'result.json');
    const limit = String(cell.programs || cell.selftests ? PROGRAMS_LIMIT : LIMIT);
    const limits = ['--max-instructions', limit, '--fail-on', 'Kernel panic', '--result', result];
    const args = ['bin/el2.mjs', cell.command, '-M', boardOf(cell), ...flags(cell, folder), ...limits, ...more];
    const figures = await measure(process.execPath, args);
    return { ...figures, account: accountOf(result, figures) };
  });
}

function accountOf(path: string, { console }: Figures): Account {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Account;
  } catch {
    throw new Error(`el2 ended without a result, or was stopped after ${TIMEOUT} s; its output:\n${console}`);
  }
}

const QEMU = 'qemu-system-aarch64';

export const hasQemu = spawnSync(QEMU, ['--version']).status === 0;

/** Boots in QEMU what a cell boots on the bare machine. */
export function runQemu(cell: Cell): Promise<Figures> {
  return inFolder((folder) => {
    // With tables of ACPI, EDK2 would start the kernel without the device tree that el2 has.
    const board = `${boardOf(cell)},acpi=off`;
    // With a thread for each CPU, those that wait for each other spin: Xen on 4 CPUs took ten times the processor time.
    const accelerator = ['-accel', 'tcg,thread=single'];
    const host = ['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-nic', 'none'];
    return measure(QEMU, ['-M', board, ...flags(cell, folder), ...accelerator, ...host]);
  });
}

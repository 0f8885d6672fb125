/** The flags: their spelling, their help and what each sets. A flag is added by adding a row. */

import { CATEGORIES } from '../arch/trace.ts';
import { CPU_MODELS } from '../cpu/models.ts';
import {
  FilterError,
  parseAddressRanges,
  parseExceptionLevels,
  parseInstructionWindow,
} from '../debug/filter-options.ts';
import { FIRMWARE_FLAGS } from './firmware/flags.ts';
import type { Flag } from './flag.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';
import * as value from './values.ts';
import { VIRTIO_FLAGS } from './virtio/flags.ts';

/** Accepted because it says what el2 does anyway. */
const nothing = (): void => {};

const MACHINE: Flag = {
  name: '-M',
  value: 'virt[,PROPERTY=VALUE...]',
  help: 'the board; virtualization=on|off: with EL2 for the guest (boot); gic-version=2|3; dumpdtb=FILE: write the device tree and end',
  set: (settings, text) => {
    value.machine(text, settings);
    if (settings.command === 'run' && settings.virtualization) {
      throw new UsageError("not supported yet: EL2 inside a VM of 'run'; use 'el2 boot', or leave virtualization out");
    }
  },
};

/** In the order of the help. */
export const FLAGS: readonly Flag[] = [
  MACHINE,
  { ...MACHINE, name: '-machine', help: 'the same as -M' },
  {
    name: '-cpu',
    value: 'MODEL',
    help: `the CPU model: ${CPU_MODELS.join(', ')}`,
    set: (settings, text) => {
      settings.cpu = value.cpu(text);
    },
  },
  {
    name: '-smp',
    value: 'N',
    help: 'number of CPUs of the machine, or of each VM: 1 to 8; 1',
    set: (settings, text) => {
      settings.cpus = value.cpuCount(text);
    },
  },
  {
    name: '--pcpus',
    value: 'N',
    help: 'number of physical CPUs that the VMs share: 1 to 8; 1',
    only: 'run',
    set: (settings, text) => {
      settings.pcpus = value.cpuCount(text);
    },
  },
  {
    name: '-m',
    value: 'SIZE',
    help: 'RAM of the machine, or of each VM, in MiB or with a suffix K, M, G; 128M',
    set: (settings, text) => {
      settings.memoryBytes = value.memorySize(text);
    },
  },
  {
    name: '--granule',
    value: '4K|16K|64K',
    help: 'page size of the stage-2 tables; 4K',
    only: 'run',
    set: (settings, text) => {
      settings.pageBytes = value.granule(text);
    },
  },
  {
    name: '--ipa-bits',
    value: 'N',
    help: "size of a VM's IPA space: 32 to 48, as far as the CPU model goes; 40",
    only: 'run',
    set: (settings, text) => {
      settings.ipaBits = value.positiveInteger(text);
    },
  },
  {
    name: '--huge-pages',
    help: 'map blocks (2 MiB with --granule 4K) in place of pages, as soon as one byte is touched',
    only: 'run',
    set: (settings) => {
      settings.hugePages = true;
    },
  },
  {
    name: '--ram-base',
    value: 'ADDRESS',
    help: 'where RAM begins, a multiple of 2 MiB; 0x40000000',
    only: 'boot',
    set: (settings, text) => {
      settings.ramBase = value.address(text);
    },
  },
  {
    name: '-kernel',
    value: 'FILE',
    help: 'the image, in place of the argument; a gzip file is unpacked',
    set: (settings, text) => {
      settings.images.push(value.nonEmpty(text));
    },
  },
  {
    name: '-append',
    value: 'TEXT',
    help: "the guest's boot arguments, in the device tree",
    set: (settings, text) => {
      settings.append = text;
    },
  },
  {
    name: '-initrd',
    value: 'FILE',
    help: 'initial RAM disk of the kernel',
    set: (settings, text) => {
      settings.initrd = value.nonEmpty(text);
    },
  },
  {
    name: '-dtb',
    value: 'FILE',
    help: 'a device tree in place of the one that el2 makes; -append and -initrd go into its /chosen',
    set: (settings, text) => {
      settings.dtb = value.nonEmpty(text);
    },
  },
  ...FIRMWARE_FLAGS,
  {
    name: '-rtc',
    value: 'base=utc|DATE',
    help: "what the clock shows at the start: the host's date or a date in UTC; 2024-01-01",
    only: 'boot',
    set: (settings, text) => {
      settings.rtcBase = value.rtcBase(text);
    },
  },
  {
    name: '-semihosting',
    help: "serve the guest's semihosting calls; always on in run",
    set: (settings) => {
      settings.semihosting = true;
    },
  },
  {
    name: '--semihosting-dir',
    value: 'FOLDER',
    help: 'semihosting may use the files of this folder, and no others; implies -semihosting',
    set: (settings, text) => {
      settings.semihostingDir = value.nonEmpty(text);
      settings.semihosting = true;
    },
  },
  {
    name: '-no-reboot',
    help: 'end at PSCI SYSTEM_RESET instead of starting again',
    set: (settings) => {
      settings.noReboot = true;
    },
  },
  {
    name: '--realtime',
    help: 'waits of the guest take as long as they say; always on when stdin is a terminal',
    set: (settings) => {
      settings.realtime = true;
    },
  },
  { name: '-nographic', help: 'accepted: el2 has no display', set: nothing },
  {
    name: '-display',
    value: 'none',
    help: 'accepted: el2 has no display',
    set: (_, text) => void value.word(text, ['none']),
  },
  {
    name: '-serial',
    value: 'mon:stdio|stdio|null|file:PATH',
    help: "where the guest's console goes; mon:stdio has a monitor, Ctrl-A h helps; mon:stdio in a terminal, else stdio",
    set: (settings, text) => {
      settings.serial = value.serial(text);
    },
  },
  ...VIRTIO_FLAGS,
  {
    name: '--engine',
    value: 'interp|jit|auto',
    help: 'how code runs: interpreted, compiled at once, or compiled when hot; auto',
    set: (settings, text) => {
      settings.engine = value.word(text, ['interp', 'jit', 'auto']);
    },
  },
  {
    name: '--tlb',
    value: 'normal|chaos[:SEED]',
    help: 'chaos: a TLB that does at random what the architecture allows, to find missing maintenance; normal',
    set: (settings, text) => {
      settings.tlb = value.tlb(text);
    },
  },
  {
    name: '--timeout',
    value: 'SECONDS',
    help: 'end after this much real time, with exit code 124',
    set: (settings, text) => {
      settings.timeout = value.seconds(text);
    },
  },
  {
    name: '--max-instructions',
    value: 'N',
    help: 'end after this many instructions, with exit code 125',
    set: (settings, text) => {
      settings.maxInstructions = value.positiveInteger(text);
    },
  },
  {
    name: '--until',
    value: 'TEXT',
    help: 'end with exit code 0 when the console has shown the text',
    set: (settings, text) => {
      settings.until = value.nonEmpty(text);
    },
  },
  {
    name: '--fail-on',
    value: 'TEXT',
    help: 'end with exit code 1 when the console has shown the text',
    set: (settings, text) => {
      settings.failOn = value.nonEmpty(text);
    },
  },
  {
    name: '--result',
    value: 'FILE',
    help: 'write why and how the run ended, as JSON',
    set: (settings, text) => {
      settings.result = value.nonEmpty(text);
    },
  },
  {
    name: '--stats',
    help: 'print what the run counted at its end: exits, stage-2 faults, TLBs, compiled code',
    set: (settings) => {
      settings.stats = true;
    },
  },
  {
    name: '-d',
    value: 'LIST',
    help: `trace: ${Object.keys(CATEGORIES).join(', ')}`,
    set: (settings, text) => {
      settings.traceCategories = value.categories(text);
    },
  },
  {
    name: '-D',
    value: 'FILE',
    help: 'write the trace to a file; stderr',
    set: (settings, text) => {
      settings.traceFile = value.nonEmpty(text);
    },
  },
  {
    name: '-dfilter',
    value: 'RANGES',
    help: 'trace only while the PC is in 0x8000..0x8fff, 0x8000+0x200 or 0x8fff-0x200, joined by commas',
    set: ({ traceFilter }, text) => {
      traceFilter.addresses = parseAddressRanges(text);
    },
  },
  {
    name: '--trace-format',
    value: 'text|jsonl',
    help: 'form of the trace; text',
    set: (settings, text) => {
      settings.traceFormat = value.word(text, ['text', 'jsonl']);
    },
  },
  {
    name: '--trace-el',
    value: 'LIST',
    help: 'trace only at these exception levels: 0,1,2',
    set: ({ traceFilter }, text) => {
      traceFilter.els = parseExceptionLevels(text);
    },
  },
  {
    name: '--trace-vm',
    value: 'LIST',
    help: 'trace only these VMs, by name',
    only: 'run',
    set: ({ traceFilter }, text) => {
      traceFilter.vms = value.nonEmpty(text).split(',');
    },
  },
  {
    name: '--trace-window',
    value: 'FROM..TO',
    help: 'trace only from one count of executed instructions to another',
    set: ({ traceFilter }, text) => {
      traceFilter.window = parseInstructionWindow(text);
    },
  },
];

/** Applies one flag; an error's message begins with the flag. Throws UsageError. */
export function applyFlag(flag: Flag, settings: Settings, text: string): void {
  if (flag.only !== undefined && flag.only !== settings.command) {
    throw new UsageError(`${flag.name} belongs to 'el2 ${flag.only}'`);
  }
  try {
    flag.set(settings, text);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof FilterError)) throw error;
    throw new UsageError(error.message.startsWith(flag.name) ? error.message : `${flag.name}: ${error.message}`);
  }
}

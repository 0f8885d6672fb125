/** Command lines and what they ask for. */

import { describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../src/arch/trace.ts';
import { FLAGS } from '../../src/cli/flags.ts';
import { helpText } from '../../src/cli/help.ts';
import { parse } from '../../src/cli/parse.ts';
import { defaultSettings, type GuestCommand, type Settings } from '../../src/cli/settings.ts';
import { LATER_FLAGS } from '../../src/cli/unsupported.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { CPU_MODELS } from '../../src/cpu/models.ts';

const MIB = 2 ** 20;
const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');
const settings = (command: GuestCommand, changed: Partial<Settings> = {}): Settings => ({
  ...defaultSettings(command),
  images: ['x.elf'],
  ...changed,
});

describe('a command line', () => {
  it.each<[string, Settings]>([
    ['boot x.elf', settings('boot')],
    ['run x.elf', settings('run', { semihosting: true })],
    ['run a.elf b.elf', settings('run', { images: ['a.elf', 'b.elf'] })],
    ['boot -kernel x.elf', settings('boot')],
    ['boot --kernel=x.elf', settings('boot')],
    ['boot x.elf -M virt', settings('boot')],
    ['boot x.elf -M virt,virtualization=on', settings('boot', { virtualization: true })],
    ['boot x.elf -machine type=virt,virtualization=off', settings('boot')],
    ['-M virt,virtualization=on boot x.elf', settings('boot', { virtualization: true })],
    ['boot x.elf -cpu cortex-a57 -smp 1', settings('boot')],
    ['boot x.elf -smp cpus=1 -nographic -display none', settings('boot')],
    ['boot x.elf -smp 8', settings('boot', { cpus: 8 })],
    ['run x.elf -smp cpus=2 -M virt,gic-version=2', settings('run', { cpus: 2 })],
    ['run x.elf --granule 16k --ipa-bits 36', settings('run', { pageBytes: 16_384, ipaBits: 36 })],
    ['run x.elf --huge-pages', settings('run', { hugePages: true })],
    ['run x.elf --pcpus 8 --stats', settings('run', { pcpus: 8, stats: true })],
    ['run x.elf -M virt,gic-version=3', settings('run', { gicVersion: 3 })],
    ['boot x.elf -M virt,gic-version=3', settings('boot', { gicVersion: 3 })],
    ['boot x.elf -M virt,gic-version=2,virtualization', settings('boot', { virtualization: true })],
    ['boot -M virt,dumpdtb=a=b', settings('boot', { images: [], dumpDtb: 'a=b' })],
    ['boot x.elf --ram-base 0x80_0000_0000', settings('boot', { ramBase: 2 ** 39 })],
    ['boot x.elf --ram-base 1073741824', settings('boot', { ramBase: 2 ** 30 })],
    ['boot x.elf -dtb a.dtb -append a', settings('boot', { dtb: 'a.dtb', append: 'a' })],
    ['run -kernel x.elf -initrd a.gz', settings('run', { initrd: 'a.gz' })],
    ['boot x.elf -rtc base=utc', settings('boot', { rtcBase: 'utc' })],
    ['boot x.elf -rtc base=1970-01-02', settings('boot', { rtcBase: 86_400 })],
    ['boot x.elf -rtc 1970-01-01T01:02:03', settings('boot', { rtcBase: 3723 })],
    ['boot x.elf --semihosting-dir d', settings('boot', { semihostingDir: 'd', semihosting: true })],
    ['boot x.elf --tlb=normal', settings('boot')],
    ['run x.elf --tlb=chaos', settings('run', { tlb: { chaos: 1 } })],
    ['boot x.elf --tlb chaos:77', settings('boot', { tlb: { chaos: 77 } })],
    ['boot x.elf -m 512', settings('boot', { memoryBytes: 512 * MIB })],
    ['boot x.elf -m 64k', settings('boot', { memoryBytes: 65_536 })],
    ['boot x.elf -m size=2G', settings('boot', { memoryBytes: 2048 * MIB })],
    ['boot x.elf -m 8192b', settings('boot', { memoryBytes: 8192 })],
    ['boot x.elf -append quiet', settings('boot', { append: 'quiet' })],
    ['boot x.elf -semihosting -no-reboot', settings('boot', { semihosting: true, noReboot: true })],
    ['boot x.elf -serial stdio', settings('boot', { serial: { kind: 'stdio' } })],
    ['boot x.elf -serial mon:stdio', settings('boot', { serial: { kind: 'mon:stdio' } })],
    ['boot x.elf -serial null', settings('boot', { serial: { kind: 'null' } })],
    ['boot x.elf -serial file:a:b', settings('boot', { serial: { kind: 'file', path: 'a:b' } })],
    ['boot x.elf --engine=jit', settings('boot', { engine: 'jit' })],
    ['boot x.elf --timeout 0.5', settings('boot', { timeout: 0.5 })],
    ['boot x.elf --max-instructions 1_000_000', settings('boot', { maxInstructions: 1_000_000 })],
    ['boot x.elf --until done --fail-on panic', settings('boot', { until: 'done', failOn: 'panic' })],
    ['boot x.elf --result r.json', settings('boot', { result: 'r.json' })],
    ['boot x.elf -d int,mmu', settings('boot', { traceCategories: ['int', 'mmu'] })],
    [
      'boot x.elf -d exec -D t --trace-format jsonl --trace-el 0,1 --trace-window 5..',
      settings('boot', {
        traceCategories: ['exec'],
        traceFile: 't',
        traceFormat: 'jsonl',
        traceFilter: { els: [0, 1], window: { from: 5, to: Number.POSITIVE_INFINITY } },
      }),
    ],
    [
      'run x.elf -d exec -dfilter 0x10+0x10 --trace-vm a,b',
      settings('run', {
        traceCategories: ['exec'],
        traceFilter: { addresses: [{ first: 0x10n, last: 0x1fn }], vms: ['a', 'b'] },
      }),
    ],
    ['boot -- -x.elf', settings('boot', { images: ['-x.elf'] })],
  ])('%s', (line, expected) => {
    expect(parse(words(line))).toEqual({ kind: 'guest', settings: expected });
  });

  it.each([
    ['', 'demo'],
    ['--help', 'help'],
    ['-h', 'help'],
    ['boot -help', 'help'],
    ['--version', 'version'],
  ])("'%s' asks for the %s", (line, kind) => {
    expect(parse(words(line))).toEqual({ kind });
  });

  it('keeps spaces in a value', () => {
    expect(parse(['boot', 'x.elf', '-append', 'a=1 -b c', '--until', ' '])).toEqual({
      kind: 'guest',
      settings: settings('boot', { append: 'a=1 -b c', until: ' ' }),
    });
  });

  it('may give an empty -append', () => {
    expect(parse(['boot', 'x.elf', '-append', ''])).toEqual({
      kind: 'guest',
      settings: settings('boot', { append: '' }),
    });
  });
});

const either = (words: readonly string[]): string =>
  words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
const MODELS = either(CPU_MODELS);
const CATEGORY_LIST = either(Object.keys(CATEGORIES));
const PROPERTIES = 'choose virtualization, gic-version or dumpdtb';

/** What is wrong with a command line, in the words that the user reads. */
const WRONG: [string, string][] = [
  ['boot', 'give an image: el2 boot IMAGE'],
  ['boot a b', "boot takes one image, not 2: a, b; 'el2 run' takes several"],
  ['boot a -kernel b', "boot takes one image, not 2: b, a; 'el2 run' takes several"],
  ['-m 512M', "say what to do: 'el2 boot IMAGE' or 'el2 run IMAGE'"],
  ['x.elf', "say what to do with it: 'el2 boot x.elf' or 'el2 run x.elf'"],
  ['bot x.elf', "unknown command 'bot': did you mean 'boot'? choose boot or run; el2 --help explains them"],
  ['frobnicate', "unknown command 'frobnicate': choose boot or run; el2 --help explains them"],
  ['boot x -cup a', 'unknown flag -cup: did you mean -cpu? el2 --help lists all'],
  ['boot x --timout=3', 'unknown flag --timout: did you mean --timeout? el2 --help lists all'],
  ['boot x --frobnicate', 'unknown flag --frobnicate: el2 --help lists all'],
  ['boot x -m512M', 'unknown flag -m512M: el2 --help lists all'],
  ['boot x --no-nographic', 'unknown flag --no-nographic: did you mean -nographic? el2 --help lists all'],
  ['boot x --constructor', 'unknown flag --constructor: el2 --help lists all'],
  ['boot x -cpu', '-cpu needs a value: -cpu MODEL'],
  ['boot x -cpu -m 3', '-cpu needs a value: -cpu MODEL'],
  ['boot x -m 1M -m 2M', '-m is given twice'],
  ['boot x -nographic=false', '-nographic takes no value; leave it out to turn it off'],
  ['boot x -cpu cortex-a15', `-cpu: not supported yet: 'cortex-a15'; choose ${MODELS}`],
  ['boot x -cpu cortex-m57', `-cpu: unknown value 'cortex-m57': did you mean 'cortex-a57'? choose ${MODELS}`],
  ['boot x -cpu cortex-a57,vfp=off', "-cpu: not supported yet: property 'vfp=off'"],
  ['boot x -M vrit', "-M: unknown value 'vrit': did you mean 'virt'? choose virt"],
  ['boot x -M virt,gic-version=4', "-M: not supported yet: '4'; choose 2 or 3"],
  ['boot x -M virt,gic-version=5', "-M: unknown value '5': did you mean '2'? choose 2 or 3"],
  ['boot x -M virt,secure=on', `-M: not supported yet: 'secure'; ${PROPERTIES}`],
  ['boot x -M virt,dumpdtb=', '-M: the text is empty'],
  [
    'boot x -M virt,virtualisation=on',
    "-M: unknown value 'virtualisation': did you mean 'virtualization'? choose virtualization, gic-version or dumpdtb",
  ],
  ['boot x -M virt,virtualization=yes', "-M: unknown value 'yes': choose on or off"],
  [
    'run x -M virt,virtualization=on',
    "-M: not supported yet: EL2 inside a VM of 'run'; use 'el2 boot', or leave virtualization out",
  ],
  ['boot x -smp 9', "-smp: '9' is not a number of CPUs: give 1 to 8"],
  ['boot x -smp 0', "-smp: '0' is not a number of CPUs: give 1 to 8"],
  ['boot x -smp lots', "-smp: 'lots' is not a number of CPUs: give 1 to 8"],
  ['boot x -smp 4,sockets=2', "-smp: not supported yet: 'sockets=2'; give the number of CPUs alone"],
  ['run x --pcpus 0', "--pcpus: '0' is not a number of CPUs: give 1 to 8"],
  ['boot x --pcpus 2', "--pcpus belongs to 'el2 run'"],
  ['run x --pcpu 2', 'unknown flag --pcpu: did you mean --pcpus? el2 --help lists all'],
  ['run x --stat', 'unknown flag --stat: did you mean --stats? el2 --help lists all'],
  ['boot x --ram-base high', "--ram-base: 'high' is not an address such as 0x8000000000"],
  ['boot x --ram-base 12ab', "--ram-base: '12ab' is not an address such as 0x8000000000"],
  ['boot x --ram-base 0xfffffffffffffff', "--ram-base: '0xfffffffffffffff' is not an address such as 0x8000000000"],
  ['run x --ram-base 0x80000000', "--ram-base belongs to 'el2 boot'"],
  ['run x y -initrd z', '-initrd belongs to one kernel, not 2: el2 run -kernel Image -initrd FILE'],
  ['boot -M virt,dumpdtb=t -initrd z', '-initrd belongs to one kernel, not 0: el2 boot -kernel Image -initrd FILE'],
  ['boot x -rtc base=soon', "-rtc: 'base=soon' is no date: give base=utc or one such as base=2024-02-29T12:00:00"],
  [
    'boot x -rtc base=2024-13-01',
    "-rtc: 'base=2024-13-01' is no date: give base=utc or one such as base=2024-02-29T12:00:00",
  ],
  ['boot x -rtc base=localtime', "-rtc: not supported yet: 'localtime'; choose utc or a date"],
  ['boot x -rtc base=utc,clock=vm', "-rtc: not supported yet: 'clock=vm'; give base=utc or base=DATE"],
  ['run x -rtc base=utc', "-rtc belongs to 'el2 boot'"],
  ['boot x --tlb random', "--tlb: unknown value 'random': choose normal or chaos"],
  ['boot x --tlb chaos:x', "--tlb: 'chaos:x' has no seed: give a whole number of up to 9 digits"],
  ['boot x -m lots', "-m: 'lots' is not a size: give one such as 512M or 2G"],
  ['boot x -m 0', "-m: '0' is not a multiple of 4 KiB above 0"],
  ['boot x -m 5000b', "-m: '5000b' is not a multiple of 4 KiB above 0"],
  ['boot x -m 1G,slots=2', "-m: not supported yet: 'slots=2'; give a size such as 512M"],
  ['boot x -serial tcp::1', "-serial: not supported yet: 'tcp::1'; choose stdio, mon:stdio, null or file:PATH"],
  ['boot x -serial file:', "-serial: 'file:' names no file: give file:PATH"],
  ['boot x -serial stdoi', "-serial: unknown value 'stdoi': did you mean 'stdio'? choose stdio, mon:stdio or null"],
  ['boot x -display gtk', "-display: unknown value 'gtk': choose none"],
  ['boot x --engine turbo', "--engine: unknown value 'turbo': choose interp, jit or auto"],
  ['boot x --timeout 0', "--timeout: '0' is not a number of seconds above 0"],
  ['boot x --timeout soon', "--timeout: 'soon' is not a number of seconds above 0"],
  ['boot x --max-instructions -5', "--max-instructions: '-5' is not a whole number above 0"],
  ['boot x --max-instructions 1e6', "--max-instructions: '1e6' is not a whole number above 0"],
  ['boot x --until=', '--until: the text is empty'],
  ['boot x -d op', `-d: not supported yet: 'op'; choose ${CATEGORY_LIST}`],
  ['boot x -d inta', `-d: unknown value 'inta': did you mean 'int'? choose ${CATEGORY_LIST}`],
  ['boot x -d int -dfilter 5', "-dfilter: expected FIRST..LAST, START+SIZE or LAST-SIZE in '5'"],
  ['boot x -d int --trace-el 3', "--trace-el: exception levels are 0, 1 and 2, joined by commas, not '3'"],
  ['boot x -d int --trace-vm a', "--trace-vm belongs to 'el2 run'"],
  ['boot x -D trace.log', 'nothing to trace: give categories with -d'],
  ['boot x -dfilter 0..1', 'nothing to trace: give categories with -d'],
  ['boot x -s -S', 'not supported yet: -s (the GDB stub)'],
];

const errorOf = (line: string): string => {
  try {
    parse(words(line));
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return '';
};

describe('a wrong command line', () => {
  it.each(WRONG)('%s', (line, message) => {
    expect(errorOf(line)).toBe(message);
  });

  it.each([...LATER_FLAGS.keys()])("knows QEMU's flag -%s", (name) => {
    expect(errorOf(`boot x -${name} value`)).toMatch(new RegExp(`^not supported yet: -${name} \\(.+\\)$`));
  });
});

describe('the help', () => {
  it('shows every flag, within 100 columns', () => {
    const lines = helpText().split('\n');
    for (const { name, value } of FLAGS) {
      const start = `  ${name}${value === undefined ? '' : ` ${value}`}`;
      expect(lines.some((line) => line === start || line.startsWith(`${start} `))).toBe(true);
    }
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });
});

/*
 * The table of guests: what each is built from and how it is meant to run.
 *   name     image `images/NAME.elf`; sources are all .c and .S files of `guests/NAME/` (or of `source`)
 *   define   preprocessor definitions
 *   float    its C code uses floating point and SIMD (false)
 *   ramBase  where RAM begins, and the image 512 KiB above it (0x40000000)
 *   levels   the Exception levels it can be entered at
 *   cpus     the CPU models it tells apart (cortex-a57); each has a console of its own
 *   smp      the numbers of CPUs that it runs on (1)
 *   gic      the architecture version of the GIC (2)
 *   stdin    console input for the comparison with QEMU
 *   code     its exit code, or 'never' when it does not end by itself
 *   vm       its console is another one in a VM of el2, whose hypervisor answers it: `expected/NAME.vm.txt`; false: it
 *            needs what VMs of el2 do not have
 */
export const guests = [
  { name: 'hello', levels: [1, 2], code: 0 },
  { name: 'psci-off', levels: [1, 2], code: 0 },
  { name: 'exceptions', levels: [1, 2], code: 0 },
  { name: 'stage1', levels: [1, 2], code: 0 },
  { name: 'at', levels: [1, 2], code: 0 },
  { name: 'touch64m', levels: [1, 2], code: 0 },
  { name: 'same-ipa', levels: [1, 2], code: 0 },
  { name: 'mini-hyp', levels: [2], code: 0 },
  {
    name: 'demo-a',
    source: 'demo',
    define: { NAME: '"a"', SEED: '1000003u', STRIDE: '37u' },
    levels: [1],
    code: 0,
    vm: true,
  },
  {
    name: 'demo-b',
    source: 'demo',
    define: { NAME: '"b"', SEED: '7777777u', STRIDE: '101u' },
    levels: [1],
    code: 0,
    vm: true,
  },
  { name: 'spin', levels: [1, 2], code: 'never' },
  { name: 'stuck', levels: [1, 2], code: 'never' },
  { name: 'echo', levels: [1, 2], stdin: 'Hello, PL011!\rq', code: 0 },
  { name: 'bench/integer', levels: [1, 2], code: 0 },
  { name: 'bench/float', float: true, levels: [1, 2], code: 0 },
  { name: 'bench/memory', levels: [1, 2], code: 0 },
  { name: 'bench/calls', levels: [1, 2], code: 0 },
  { name: 'bench/crypto', float: true, levels: [1, 2], code: 0 },
  { name: 'bench/paging', levels: [1], code: 0 },
  { name: 'bench/stage2', levels: [2], code: 0 },
  { name: 'bench/vm', levels: [1], code: 0, vm: true },
  { name: 'bench/interrupts', levels: [1], code: 0 },
  { name: 'bench/cpus', levels: [1], smp: [1, 4], code: 0 },
  { name: 'granules', levels: [1, 2], cpus: ['cortex-a57', 'max'], code: 0 },
  { name: 'stage2-shapes', levels: [2], cpus: ['cortex-a57', 'max'], code: 0 },
  { name: 'tlbi', levels: [2], smp: [2], code: 0 },
  { name: 'asid', levels: [1, 2], code: 0 },
  { name: 'timer', levels: [1, 2], code: 0 },
  { name: 'virq', levels: [2], code: 0 },
  { name: 'gicv3', gic: 3, levels: [1, 2], smp: [2, 4], code: 0 },
  { name: 'endian', levels: [1, 2], cpus: ['cortex-a57', 'max'], code: 0 },
  { name: 'features', levels: [1, 2], cpus: ['cortex-a57', 'max'], code: 0 },
  { name: 'idmap', ramBase: 0x80_0000_0000, levels: [2], code: 0 },
  { name: 'idmap-low', source: 'idmap', levels: [2], code: 0 },
  { name: 't0sz-trick', levels: [2], code: 0 },
  { name: 'debug', levels: [1, 2], code: 0 },
  { name: 'vhe', levels: [2], cpus: ['cortex-a57', 'max'], code: 0 },
  { name: 'pmu', levels: [1, 2], code: 0, vm: false },
  { name: 'smp', levels: [1, 2], cpus: ['cortex-a57', 'max'], smp: [2, 4], code: 0 },
];

const BASE_CPU = 'cortex-a57';

/** Every run that has an expected console: a guest on one machine. */
export const runs = guests.flatMap((guest) =>
  guest.levels.flatMap((level) =>
    (guest.cpus ?? [BASE_CPU]).flatMap((cpu) =>
      (guest.smp ?? [1]).map((smp) => {
        const model = cpu === BASE_CPU ? '' : `.${cpu}`;
        return { guest, level, cpu, smp, expected: `${guest.name}${model}.el${level}.txt` };
      }),
    ),
  ),
);

/** Every run in a VM of el2's own hypervisor, which enters guests at EL1. */
export const vmRuns = runs
  .filter(({ guest, level }) => level === 1 && guest.vm !== false)
  .map((run) => (run.guest.vm ? { ...run, expected: `${run.guest.name}.vm.txt` } : run));

/** Debian's kernels boot, pass the checks of the initramfs and switch the machine off, as they do in QEMU. */

import { afterAll, describe, expect, it } from 'vitest';
import { CELLS, type Cell, canRun, nameOf } from './cells.ts';
import { complaintAbout, passedOn } from './checks.ts';
import { type El2Figures, hasQemu, MARKER, runEl2, runQemu } from './emulators.ts';
import { figuresText, note } from './figures.ts';

const ONE: Cell = { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1 };

/** Some of the checks that a cell must have passed: none of its parts was left out. */
function expectedChecks({ cpus, kvm, virtio, programs }: Cell): string[] {
  if (kvm) return ['hvc', 'mmio-exits', 'stage-1-walk', 'log-of-blocks', 'timer', 'line', 'counter', 'system-off'];
  const all = ['arithmetic', 'floating-point', 'sha256', 'forks', 'signals', `cpu${cpus - 1}`, 'timer-interrupts'];
  if (virtio) all.push('hwrng', 'read', 'ext4');
  if (programs) all.push('crypto-selftests', 'openssl-ed25519-refuse', 'perl-sort', 'pigz', 'stress-pthread');
  return all;
}

/** What two runs must have in common. */
const identity = ({ console, account: { reason, instructions, virtualNanoseconds } }: El2Figures) => ({
  console,
  reason,
  instructions,
  virtualNanoseconds,
});

afterAll(() => console.log(figuresText()));

describe.concurrent('Debian Linux', () => {
  for (const cell of CELLS) {
    it.skipIf(!canRun(cell))(`passes its checks: ${nameOf(cell)}`, async () => {
      const el2 = await runEl2(cell);
      expect(complaintAbout(el2.console, expectedChecks(cell))).toBeUndefined();
      expect(el2.account).toMatchObject({ reason: 'off', code: 0 });
      // The checks are those of the VM; this line is its host's.
      if (cell.nested) expect(el2.console).toMatch(/^VM ended: 0\r?$/m);
      if (cell.xen !== undefined) expect(el2.console).toContain('Hardware Dom0 halted: halting machine');
      if (cell.xen === 'two domains') expect(el2.console).toMatch(/^domain ended\r?$/m);
      // VMs of el2's hypervisor lack a part of what the bare machine has.
      const qemu = hasQemu && cell.command === 'boot' ? await runQemu(cell) : undefined;
      note({ name: nameOf(cell), el2, qemu });
      // All of el2's have passed; QEMU runs in real time, in which a check of Debian's programs may time out.
      if (qemu !== undefined) expect(passedOn(el2.console)).toEqual(expect.arrayContaining(passedOn(qemu.console)));
    });
  }

  it.skipIf(!canRun(ONE))('boots twice to the same console, instruction and nanosecond', async () => {
    const [first, second] = await Promise.all([runEl2(ONE), runEl2(ONE)]);
    expect(first.account.reason).toBe('off');
    expect(identity(second)).toEqual(identity(first));
  });

  it.skipIf(!canRun(ONE))('gets to its first program alike in the interpreter and with the JIT', async () => {
    const to = ['--until', MARKER];
    const interp = await runEl2(ONE, [...to, '--engine', 'interp']);
    const auto = await runEl2(ONE, [...to, '--engine', 'auto']);
    note({ name: `to ${MARKER}, interpreter`, el2: interp, qemu: undefined });
    note({ name: `to ${MARKER}, interpreter and JIT`, el2: auto, qemu: undefined });
    expect(interp.account.reason).toBe('until');
    expect(identity(auto)).toEqual(identity(interp));
  });
});

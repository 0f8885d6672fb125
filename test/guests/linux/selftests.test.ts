/** The kernel's own tests of KVM, from Debian's sources, pass with the kernel entered at EL2: only where all guests are asked for. */

import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { guestFiles } from '../../../scripts/guests/folders.ts';
import { SELFTESTS } from '../../../scripts/guests/packages.ts';
import { type Cell, nameOf } from './cells.ts';
import { complaintAbout } from './checks.ts';
import { runEl2 } from './emulators.ts';
import { figuresText, note } from './figures.ts';

const CELL: Cell = { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 4, el2: true, selftests: true };
/** They skip themselves: one needs an AArch32 EL1, two a GICv3 in the host. */
const SKIPPED = { 2: ['vcpu_width_config', 'arch_timer', 'vgic_irq'], 3: ['vcpu_width_config'] } as const;

describe.skipIf(process.env.EL2_GUESTS !== 'all' || !existsSync(guestFiles('arm64').selftests))(
  "the kernel's tests of KVM",
  () => {
    afterAll(() => console.log(figuresText()));

    it.each([2, 3] as const)('pass with a GICv%i', async (gic) => {
      const cell: Cell = { ...CELL, gic };
      const el2 = await runEl2(cell);
      note({ name: nameOf(cell), el2, qemu: undefined });
      const names = SELFTESTS.map((line) => line.split(' ')[0]);
      const skipped = SKIPPED[gic].map((name) => `aarch64/${name}`);
      const expected = names.filter((name) => !skipped.includes(name));
      expect(complaintAbout(el2.console, expected)).toBeUndefined();
      expect(el2.account).toMatchObject({ reason: 'off', code: 0 });
    });
  },
);

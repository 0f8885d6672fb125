/** The kernel's own tests of KVM, from Debian's sources, pass with the kernel entered at EL2: only where all guests are asked for. */

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { guestFiles } from '../../../scripts/guests/folders.ts';
import { SELFTESTS } from '../../../scripts/guests/packages.ts';
import type { Cell } from './cells.ts';
import { complaintAbout } from './checks.ts';
import { runEl2 } from './emulators.ts';

const CELL: Cell = { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 4, el2: true, selftests: true };
/** They skip themselves: two need a GICv3 in the host, one an AArch32 EL1. */
const SKIPPED = ['aarch64/arch_timer', 'aarch64/vgic_irq', 'aarch64/vcpu_width_config'];

it.skipIf(process.env.EL2_GUESTS !== 'all' || !existsSync(guestFiles('arm64').selftests))(
  "the kernel's tests of KVM pass",
  async () => {
    const { console, account } = await runEl2(CELL);
    const names = SELFTESTS.map((line) => line.split(' ')[0]);
    expect(
      complaintAbout(
        console,
        names.filter((name) => !SKIPPED.includes(name)),
      ),
    ).toBeUndefined();
    expect(account).toMatchObject({ reason: 'off', code: 0 });
  },
);

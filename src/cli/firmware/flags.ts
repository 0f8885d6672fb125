/** The flags of firmware in flash. */

import type { Flag } from '../flag.ts';
import { nonEmpty } from '../values.ts';

/** In the order of the help. */
export const FIRMWARE_FLAGS: readonly Flag[] = [
  {
    name: '-bios',
    value: 'FILE',
    help: 'firmware, which starts in flash at address 0 and finds -kernel, -initrd and -append by fw_cfg',
    only: 'boot',
    set: ({ firmware }, text) => {
      firmware.bios = nonEmpty(text);
    },
  },
  {
    name: '-pflash',
    value: 'FILE',
    help: 'the same as -drive if=pflash,format=raw,file=FILE',
    only: 'boot',
    isRepeatable: true,
    set: ({ virtio }, text) => {
      const bank = { path: nonEmpty(text), id: undefined, interface: 'pflash', unit: undefined } as const;
      virtio.drives.push({ ...bank, isRaw: true, isReadOnly: false, isSnapshot: false });
    },
  },
];

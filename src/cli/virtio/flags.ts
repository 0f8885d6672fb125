/** The flags of virtio devices and of what is behind them. */

import type { Flag } from '../flag.ts';
import { word } from '../values.ts';
import * as value from './values.ts';

/** In the order of the help. */
export const VIRTIO_FLAGS: readonly Flag[] = [
  {
    name: '-drive',
    value: 'file=FILE[,PROPERTY=VALUE...]',
    help: 'a raw disk image: if=virtio|none|pflash, id=, format=raw, readonly=on, snapshot=on; if=virtio, the default, has its device; if=pflash[,unit=0|1] is a bank of flash',
    isRepeatable: true,
    set: ({ virtio }, text) => void virtio.drives.push(value.drive(text)),
  },
  {
    name: '-device',
    value: 'DEVICE[,PROPERTY=VALUE...]',
    help: 'virtio-blk-device,drive=ID[,serial=TEXT]; virtio-net-device[,netdev=ID][,mac=ADDRESS]; virtio-rng-device[,rng=ID]; virtio-serial-device, then virtconsole,chardev=ID; into memory: loader,file=FILE[,addr=ADDRESS][,force-raw=on][,cpu-num=N] or loader,addr=ADDRESS,data=N,data-len=N; for a hypervisor: guest-loader,addr=ADDRESS,kernel=FILE[,bootargs=TEXT] or initrd=FILE',
    isRepeatable: true,
    set: (settings, text) => value.device(text, settings),
  },
  {
    name: '-netdev',
    value: 'hubport,id=ID[,hubid=N]',
    help: 'a network for a device; devices and VMs with the same hubid, 0 unless told, are connected',
    isRepeatable: true,
    set: ({ virtio }, text) => value.netdev(text, virtio),
  },
  {
    name: '-chardev',
    value: 'stdio|null|file,id=ID[,path=FILE]',
    help: 'where a virtconsole goes',
    isRepeatable: true,
    set: ({ virtio }, text) => value.chardev(text, virtio),
  },
  {
    name: '-object',
    value: 'rng-builtin|rng-random,id=ID',
    help: "random bytes for a virtio-rng-device: those of -seed, as without it, or the host's",
    isRepeatable: true,
    set: ({ virtio }, text) => value.object(text, virtio),
  },
  {
    name: '-global',
    value: 'virtio-mmio.force-legacy=on|off',
    help: 'version of the virtio-mmio transports: legacy or modern; on',
    set: ({ virtio }, text) => value.global(text, virtio),
  },
  {
    name: '-snapshot',
    help: 'changes of disks are kept in memory, at most 1 GiB a disk, and given up at the end',
    set: ({ virtio }) => {
      virtio.isSnapshot = true;
    },
  },
  {
    name: '-seed',
    value: 'N',
    help: 'seed of the random bytes of guests; 0',
    set: ({ virtio }, text) => {
      virtio.seed = value.seed(text);
    },
  },
  {
    name: '-nic',
    value: 'none',
    help: 'accepted: there is no network device but those of -device',
    set: (_, text) => void word(text, ['none'], ['user', 'tap', 'hubport', 'socket']),
  },
  {
    name: '-net',
    value: 'none',
    help: 'the same as -nic',
    set: (_, text) => void word(text, ['none'], ['nic', 'user', 'tap', 'hubport', 'socket']),
  },
];

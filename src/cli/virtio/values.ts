/** Parsers of the values of -drive, -device and their like. Each throws UsageError without the flag's name. */

import { guestLoader, loader } from '../firmware/values.ts';
import type { Settings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';
import { word } from '../values.ts';
import { Properties } from './properties.ts';
import type { ChardevSettings, DeviceSettings, DriveSettings, VirtioSettings } from './settings.ts';

const MAX_UNIT = 255;
const FORMATS_LATER = ['qcow2', 'qcow', 'vmdk', 'vdi', 'vhdx', 'vpc'];

/** `file=F,if=none,format=raw,id=d0,readonly=on`. */
export function drive(text: string): DriveSettings {
  const properties = new Properties(text);
  const isRaw = properties.get('format') !== undefined && properties.word('format', ['raw'], FORMATS_LATER) === 'raw';
  const settings = {
    isRaw,
    path: properties.need('file'),
    id: properties.get('id'),
    interface: properties.word('if', ['virtio', 'none', 'pflash'], ['sd', 'mtd', 'scsi', 'ide', 'floppy']),
    isReadOnly: properties.isOn('readonly'),
    isSnapshot: properties.isOn('snapshot'),
    unit: properties.number('unit', MAX_UNIT),
  };
  if (settings.interface !== 'pflash' && settings.unit !== undefined)
    throw new UsageError('unit= belongs to if=pflash');
  properties.word('media', ['disk'], ['cdrom']);
  properties.word('cache', ['writeback', 'none'], ['writethrough', 'directsync', 'unsafe']);
  properties.end();
  if (settings.interface === 'none' && settings.id === undefined) {
    throw new UsageError('if=none needs an id= for the device to refer to');
  }
  return settings;
}

/** Devices by QEMU's names; each reads its properties. `virtconsole` belongs to the console device before it. */
const DRIVERS = {
  'virtio-blk-device': (properties) => ({
    kind: 'block',
    drive: properties.need('drive'),
    serial: serialNumber(properties.get('serial')),
  }),
  'virtio-net-device': (properties) => ({
    kind: 'net',
    netdev: properties.get('netdev'),
    mac: macAddress(properties.get('mac')),
  }),
  'virtio-rng-device': (properties) => ({ kind: 'entropy', rng: properties.get('rng') }),
  'virtio-serial-device': () => ({ kind: 'serial', chardev: undefined }),
} as const satisfies Record<string, (properties: Properties) => DeviceSettings>;
const CONSOLE = 'virtconsole';
/** Devices that put something into memory. */
const LOADERS = { loader, 'guest-loader': guestLoader } as const;
const namesOf = <Name extends string>(table: Record<Name, unknown>): Name[] => Object.keys(table) as Name[];
const DRIVER_NAMES = [...namesOf(DRIVERS), CONSOLE, ...namesOf(LOADERS)] as const;

/** `virtio-blk-device,drive=d0`. */
export function device(text: string, { virtio: { devices }, firmware }: Settings): void {
  const properties = new Properties(text, 'driver');
  const name = properties.need('driver');
  if (/^virtio-.*-pci$/.test(name) || /^virtio-(blk|net|rng|serial)$/.test(name)) {
    const onMmio = `${name.replace(/-pci$/, '')}-device`;
    throw new UsageError(`not supported yet: '${name}' is on PCI; choose ${onMmio}`);
  }
  const driver = word(name, DRIVER_NAMES, ['virtserialport', 'virtio-gpu-device', 'virtio-9p-device']);
  properties.get('id');
  if (driver === CONSOLE) {
    const port = devices.findLast((one) => one.kind === 'serial');
    if (port === undefined) throw new UsageError('virtconsole needs a -device virtio-serial-device before it');
    if (port.chardev !== undefined) throw new UsageError('not supported yet: a second virtconsole on one device');
    port.chardev = properties.need('chardev');
  } else if (driver === 'loader' || driver === 'guest-loader') {
    firmware.loaders.push(LOADERS[driver](properties));
  } else {
    devices.push(DRIVERS[driver](properties));
  }
  properties.end();
}

/** At most 20 characters, which is what the device can tell. */
function serialNumber(text: string | undefined): string | undefined {
  if (text === undefined || /^[ -~]{0,20}$/.test(text)) return text;
  throw new UsageError(`serial=${text}: give at most 20 ASCII characters`);
}

/** A unicast address of 48 bits. */
function macAddress(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isAddress = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text);
  const address = isAddress ? Number.parseInt(text.replaceAll(':', ''), 16) : Number.NaN;
  if (isAddress && Math.floor(address / 2 ** 40) % 2 === 0) return address;
  throw new UsageError(`mac=${text}: give a unicast address such as 52:54:00:12:34:56`);
}

/** `hubport,id=n0,hubid=0`. */
export function netdev(text: string, { netdevs }: VirtioSettings): void {
  const properties = new Properties(text, 'type');
  properties.word('type', ['hubport'], ['user', 'tap', 'bridge', 'socket', 'stream', 'dgram', 'vde', 'vhost-user']);
  const id = newId(properties, netdevs);
  netdevs.set(id, properties.number('hubid', 2 ** 31 - 1) ?? 0);
  properties.end();
}

/** `stdio,id=c0`, `null,id=c0` or `file,id=c0,path=F`. */
export function chardev(text: string, { chardevs }: VirtioSettings): void {
  const properties = new Properties(text, 'backend');
  properties.need('backend');
  const kind = properties.word('backend', ['stdio', 'null', 'file'], ['socket', 'pty', 'pipe', 'ringbuf', 'mux', 'vc']);
  const id = newId(properties, chardevs);
  const settings: ChardevSettings = kind === 'file' ? { kind, path: properties.need('path') } : { kind };
  chardevs.set(id, settings);
  properties.end();
}

/** `rng-builtin,id=r0`, which the seed determines, or `rng-random,id=r0`, the host's. */
export function object(text: string, { rngs }: VirtioSettings): void {
  const properties = new Properties(text, 'qom-type');
  properties.need('qom-type');
  const later = ['rng-egd', 'memory-backend-ram', 'memory-backend-file', 'iothread', 'secret', 'throttle-group'];
  const kind = properties.word('qom-type', ['rng-builtin', 'rng-random'], later);
  rngs.set(newId(properties, rngs), kind === 'rng-random' ? 'host' : 'seeded');
  if (kind === 'rng-random') properties.word('filename', ['/dev/urandom', '/dev/random']);
  properties.end();
}

function newId(properties: Properties, taken: ReadonlyMap<string, unknown>): string {
  const id = properties.need('id');
  if (taken.has(id)) throw new UsageError(`id=${id} is given twice`);
  return id;
}

const FORCE_LEGACY = 'virtio-mmio.force-legacy';

/** `virtio-mmio.force-legacy=off`. */
export function global(text: string, settings: VirtioSettings): void {
  const properties = new Properties(text);
  properties.need(FORCE_LEGACY);
  const isLegacy = ['on', 'true', 'yes'].includes(
    properties.word(FORCE_LEGACY, ['on', 'off', 'true', 'false', 'yes', 'no']),
  );
  settings.transport = isLegacy ? 'legacy' : 'modern';
  properties.end();
}

/** A whole number of 32 bits. */
export function seed(text: string): number {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value < 2 ** 32) return value;
  throw new UsageError(`'${text}' is not a whole number of 32 bits`);
}

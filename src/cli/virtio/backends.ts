/** Makes the virtio devices of each guest of a run, and holds what is behind them: disks, networks, consoles, chance. */

import { Block } from '../../devices/virtio/block.ts';
import { VirtioConsole } from '../../devices/virtio/console.ts';
import { Entropy } from '../../devices/virtio/entropy.ts';
import { Hub } from '../../devices/virtio/hub.ts';
import type { DeviceModel } from '../../devices/virtio/model.ts';
import { MAC_BYTES, Net } from '../../devices/virtio/net.ts';
import { type RandomSource, SeededRandom } from '../../devices/virtio/random.ts';
import { TRANSPORTS } from '../../devices/virtio/transports.ts';
import type { Host } from '../../host/host.ts';
import type { FlashContents } from '../../machine/flash-banks.ts';
import type { VirtioOptions } from '../../machine/virtio-options.ts';
import type { Watched } from '../console.ts';
import { flashOf } from '../firmware/supplies.ts';
import { UsageError } from '../usage-error.ts';
import { Chardevs } from './chardevs.ts';
import { Disks } from './disks.ts';
import type { DeviceSettings, DriveSettings, VirtioSettings } from './settings.ts';

/** QEMU's for the first network device; each further one has the next. */
const FIRST_MAC = 0x5254_0012_3456;

/** Bytes that devices move, some 10 ms of work, between two turns of the host. */
const TURN_BYTES = 2 ** 24;

/** What the backends need of the run. */
export interface BackendsOptions extends Watched {
  readonly host: Host;
  /** What stands before each line of each guest on a console that several have. */
  readonly prefixes: readonly string[];
  /** Makes the run take a turn of the host: a console has shown what ends it, or much data was moved. */
  stop(): void;
}

export class Backends {
  readonly chardevs: Chardevs;
  private readonly disks: Disks;
  private readonly hubs = new Map<number, Hub>();
  private readonly drives: ReadonlyMap<string, DriveSettings>;
  private readonly devices: readonly DeviceSettings[];
  /** Devices of each guest: one that starts again keeps them. */
  private readonly guests: readonly (readonly DeviceModel[])[];
  /** Bytes that devices have moved since the last turn that they asked for. */
  private transferred = 0;
  /** What is typed goes to the first guest. */
  private keyboard: VirtioConsole | undefined;

  /** Opens all files. Throws FileError, and UsageError for what does not fit together. */
  constructor(
    private readonly settings: VirtioSettings,
    private readonly options: BackendsOptions,
  ) {
    const { host, prefixes } = options;
    this.drives = drivesById(settings.drives);
    this.devices = allDevices(settings.devices, this.drives);
    this.chardevs = new Chardevs(settings.chardevs, host, options);
    this.disks = new Disks(settings, host, prefixes.length);
    this.guests = prefixes.map((_, guest) => this.devices.map((device, index) => this.make(device, guest, index)));
  }

  /** What guest number `guest` has. */
  of(guest: number): VirtioOptions {
    const onTransfer = (bytes: number): void => this.transfer(bytes);
    return { virtio: this.guests[guest], virtioMmio: this.settings.transport, onTransfer };
  }

  /** What is in the banks of flash. Throws UsageError. */
  get flash(): FlashContents {
    return flashOf(this.settings.drives, (drive) => this.disks.storageOf(drive));
  }

  /** A guest that keeps its devices busy does not keep the host from signals and time-outs. */
  private transfer(bytes: number): void {
    this.transferred += bytes;
    if (this.transferred < TURN_BYTES) return;
    this.transferred = 0;
    this.options.stop();
  }

  /** Types on the console that has stdio; undefined where none has it. */
  get input(): ((bytes: Uint8Array) => void) | undefined {
    const { keyboard } = this;
    return keyboard && ((bytes) => keyboard.receive(bytes));
  }

  close(): void {
    this.chardevs.close();
    this.disks.close();
  }

  private make(device: DeviceSettings, guest: number, index: number): DeviceModel {
    switch (device.kind) {
      case 'block':
        return new Block(this.disks.storageOf(this.drives.get(device.drive) as DriveSettings), device.serial);
      case 'entropy':
        return new Entropy(this.random(device.rng, guest, index));
      case 'net':
        return new Net(this.mac(device.mac, guest, index), this.hub(device.netdev));
      default:
        return this.console(device.chardev, guest);
    }
  }

  /** Each device of each guest has bytes of its own. */
  private random(rng: string | undefined, guest: number, index: number): RandomSource {
    const source = rng === undefined ? 'seeded' : this.settings.rngs.get(rng);
    if (source === undefined) throw new UsageError(`-device virtio-rng-device: no -object has id=${rng}`);
    const { host } = this.options;
    if (source === 'host') return { generate: (into) => host.fillRandom(into) };
    return new SeededRandom(this.settings.seed + guest * TRANSPORTS + index);
  }

  private mac(given: number | undefined, guest: number, index: number): Uint8Array {
    const cards = this.devices.flatMap(({ kind }, at) => (kind === 'net' ? [at] : []));
    const address = (given ?? FIRST_MAC + cards.indexOf(index)) + guest * cards.length;
    return Uint8Array.from({ length: MAC_BYTES }, (_, i) => Math.floor(address / 2 ** (40 - 8 * i)));
  }

  private hub(netdev: string | undefined): Hub | undefined {
    if (netdev === undefined) return undefined;
    const number = this.settings.netdevs.get(netdev);
    if (number === undefined) throw new UsageError(`-device virtio-net-device: no -netdev has id=${netdev}`);
    const hub = this.hubs.get(number) ?? new Hub();
    this.hubs.set(number, hub);
    return hub;
  }

  private console(chardev: string | undefined, guest: number): VirtioConsole {
    if (chardev === undefined) return new VirtioConsole({ onOutput() {} });
    const receive = this.chardevs.open(chardev, this.options.prefixes[guest]);
    const console = new VirtioConsole({
      onOutput: (bytes) => {
        if (receive(bytes)) this.options.stop();
      },
    });
    if (chardev === this.chardevs.stdio && guest === 0) this.keyboard = console;
    return console;
  }
}

/** Drives that are not named get a name that no flag can refer to. */
function drivesById(drives: readonly DriveSettings[]): Map<string, DriveSettings> {
  const byId = new Map<string, DriveSettings>();
  for (const [index, drive] of drives.entries()) {
    const id = drive.id ?? `,${index}`;
    if (byId.has(id)) throw new UsageError(`-drive: id=${id} is given twice`);
    byId.set(id, drive);
  }
  return byId;
}

/** Those of -device, then those of -drive if=virtio, as QEMU orders them. */
function allDevices(asked: readonly DeviceSettings[], drives: ReadonlyMap<string, DriveSettings>): DeviceSettings[] {
  const unused = new Set(drives.keys());
  for (const device of asked) {
    if (device.kind !== 'block') continue;
    const drive = drives.get(device.drive);
    if (drive === undefined) throw new UsageError(`-device virtio-blk-device: no -drive has id=${device.drive}`);
    const isTaken = !unused.delete(device.drive) || drive.interface !== 'none';
    if (isTaken)
      throw new UsageError(`-drive ${drive.path}: two devices would have it; give it if=none and one -device`);
  }
  const own = [...unused].flatMap((id): DeviceSettings[] => {
    const { path, interface: kind } = drives.get(id) as DriveSettings;
    if (kind === 'pflash') return [];
    if (kind === 'none')
      throw new UsageError(`-drive ${path}: no device has it; add -device virtio-blk-device,drive=${id}`);
    return [{ kind: 'block', drive: id, serial: undefined }];
  });
  return [...asked, ...own];
}

/** What a command line says about virtio devices and what is behind them. */

/** A disk image. */
export interface DriveSettings {
  readonly path: string;
  /** How a device refers to it. */
  readonly id: string | undefined;
  /** `virtio`: it has a device of its own; `pflash`: it is a bank of flash, of the given number or the next free one. */
  readonly interface: 'virtio' | 'none' | 'pflash';
  readonly unit: number | undefined;
  /** The format was given, not guessed. */
  readonly isRaw: boolean;
  readonly isReadOnly: boolean;
  readonly isSnapshot: boolean;
}

export type DeviceSettings =
  | { readonly kind: 'block'; readonly drive: string; readonly serial: string | undefined }
  | { readonly kind: 'entropy'; readonly rng: string | undefined }
  | { readonly kind: 'net'; readonly netdev: string | undefined; readonly mac: number | undefined }
  /** A console device; its one port goes nowhere unless a chardev is connected. */
  | { readonly kind: 'serial'; chardev: string | undefined };

/** Where the port of a console goes. */
export type ChardevSettings =
  | { readonly kind: 'stdio' }
  | { readonly kind: 'null' }
  | { readonly kind: 'file'; readonly path: string };

export interface VirtioSettings {
  readonly drives: DriveSettings[];
  /** In the order of the command line. */
  readonly devices: DeviceSettings[];
  /** Numbers of hubs by the names of network backends. */
  readonly netdevs: Map<string, number>;
  readonly chardevs: Map<string, ChardevSettings>;
  /** Sources of random bytes: determined by the seed, or the host's. */
  readonly rngs: Map<string, 'seeded' | 'host'>;
  /** Every disk is a snapshot. */
  isSnapshot: boolean;
  /** Of the random bytes of guests. */
  seed: number;
  transport: 'legacy' | 'modern';
}

export const defaultVirtio = (): VirtioSettings => ({
  drives: [],
  devices: [],
  netdevs: new Map(),
  chardevs: new Map(),
  rngs: new Map(),
  isSnapshot: false,
  seed: 0,
  transport: 'legacy',
});

/** The 32 virtio-mmio transports of the `virt` board in their one window, and which of them has which device. */

import type { Device } from '../device.ts';
import { VirtioMmio, type VirtioMmioPorts, type VirtioMmioState } from './mmio.ts';
import type { DeviceModel } from './model.ts';

export const TRANSPORTS = 32;
/** Bytes of the registers of one. */
export const TRANSPORT_BYTES = 0x200;

export interface TransportsPorts extends Omit<VirtioMmioPorts, 'irq'> {
  /** The interrupt line of transport `index`, called when the level changes. */
  irq(index: number, level: boolean): void;
}

export class Transports implements Device {
  readonly name = 'virtio-mmio';
  private readonly transports: VirtioMmio[] = [];

  /** Devices go to the transports from the last one down, as on QEMU. Throws RangeError when they are too many. */
  constructor(models: readonly DeviceModel[], ports: TransportsPorts, isLegacy: boolean) {
    if (models.length > TRANSPORTS) throw new RangeError(`${models.length} virtio devices on ${TRANSPORTS} transports`);
    for (let index = 0; index < TRANSPORTS; index++) {
      const model = models.at(TRANSPORTS - 1 - index);
      this.transports.push(new VirtioMmio(model, portsOf(ports, index), isLegacy));
    }
  }

  read(offset: number, size: 1 | 2 | 4): number {
    return this.at(offset).read(offset % TRANSPORT_BYTES, size);
  }
  write(offset: number, size: 1 | 2 | 4, value: number): void {
    this.at(offset).write(offset % TRANSPORT_BYTES, size, value);
  }

  private at(offset: number): VirtioMmio {
    return this.transports[Math.floor(offset / TRANSPORT_BYTES)];
  }

  /** As after power-on, the devices included. */
  reset(): void {
    for (const transport of this.transports) transport.reset();
  }

  /** A copy of the state, plain JSON; the devices' own is not in it. */
  state(): VirtioMmioState[] {
    return this.transports.map((transport) => transport.state());
  }

  /** Makes the transports from a `state()` and the same devices as then; drives the lines that are high. */
  static fromState(
    state: readonly VirtioMmioState[],
    models: readonly DeviceModel[],
    ports: TransportsPorts,
  ): Transports {
    const all = new Transports([], ports, false);
    for (const [index, one] of state.entries()) {
      const model = models.at(TRANSPORTS - 1 - index);
      all.transports[index] = VirtioMmio.fromState(one, model, portsOf(ports, index));
    }
    return all;
  }
}

const portsOf = (ports: TransportsPorts, index: number): VirtioMmioPorts => ({
  ...ports,
  irq: (level) => ports.irq(index, level),
});

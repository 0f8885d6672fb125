/** The devices of the `virt` board and their interrupt lines. */

import type { Cpu } from '../cpu/engine/cpu.ts';
import type { System } from '../cpu/engine/system.ts';
import type { Timer } from '../cpu/system/timers/generic-timers.ts';
import type { Device } from '../devices/device.ts';
import { busDma } from '../devices/dma.ts';
import { FwCfg } from '../devices/fw-cfg/fw-cfg.ts';
import { fwCfgItems } from '../devices/fw-cfg/items.ts';
import type { Gic } from '../devices/gic/gic.ts';
import { Pl011 } from '../devices/pl011.ts';
import { Pl031 } from '../devices/pl031.ts';
import { Pl061 } from '../devices/pl061.ts';
import { Transports } from '../devices/virtio/transports.ts';
import { addGic } from './board-gic.ts';
import { FlashBanks, type FlashContents } from './flash-banks.ts';
import type { GicVersion } from './hardware-options.ts';
import { TIMER_PPI } from './interrupts.ts';
import { PPI, SPI, VIRT_MAP, type Window } from './virt-map.ts';
import type { VirtioParts } from './virtio-options.ts';

export interface BoardPorts {
  /** A byte that the guest sent. */
  onOutput(byte: number): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

export interface BoardOptions {
  /** What the RTC shows at the start, in seconds since 1970. */
  readonly startSeconds: number;
  readonly virtio: VirtioParts;
  readonly flash: FlashContents;
  readonly gicVersion: GicVersion;
}

export class Board {
  readonly uart: Pl011;
  readonly rtc: Pl031;
  readonly gpio: Pl061;
  readonly gic: Gic;
  readonly fwCfg: FwCfg;
  readonly flash: FlashBanks;
  private readonly virtio: Transports;

  /** Puts the devices into the map of a system. Throws MachineError for contents that flash cannot have. */
  constructor(system: System, ports: BoardPorts, { startSeconds, virtio, flash, gicVersion }: BoardOptions) {
    const { bus } = system;
    const onGuestError = (text: string): void => ports.onGuestError(text);
    const add = ({ base, size }: Window, device: Device): void => bus.addDevice(base, size, device);
    this.gic = addGic(gicVersion, system, add, onGuestError);
    this.uart = new Pl011({
      onOutput: (byte) => ports.onOutput(byte),
      irq: (level) => this.gic.setSpi(SPI.uart, level),
      onGuestError,
    });
    this.rtc = new Pl031(
      { nowNs: () => system.now, irq: (level) => this.gic.setSpi(SPI.rtc, level), onGuestError },
      startSeconds,
    );
    this.gpio = new Pl061({ irq: (level) => this.gic.setSpi(SPI.gpio, level), onGuestError });
    const irq = (index: number, level: boolean): void => this.gic.setSpi(SPI.virtio + index, level);
    const transferPorts = { dma: busDma(bus), onGuestError, onMoved: virtio.onTransfer };
    this.virtio = new Transports(virtio.models, { ...transferPorts, irq }, virtio.isLegacy);
    const clear = (pa: number, length: number): boolean => {
      const isWritable = bus.areWritable(pa, length);
      if (isWritable) bus.clear(pa, length);
      return isWritable;
    };
    this.fwCfg = new FwCfg(fwCfgItems({ cpuCount: system.cpus.length }), { ...transferPorts, clear });
    add(VIRT_MAP.uart, this.uart);
    add(VIRT_MAP.rtc, this.rtc);
    add(VIRT_MAP.gpio, this.gpio);
    add(VIRT_MAP.virtio, this.virtio);
    add(VIRT_MAP.fwCfg, this.fwCfg);
    this.flash = new FlashBanks(bus, flash, onGuestError);
    system.clocked.push(this.rtc);
  }

  /** The line of a CPU's timer. */
  timer(cpu: Cpu['index'], timer: Timer, level: boolean): void {
    this.gic.setPpi(cpu, TIMER_PPI[timer], level);
  }

  /** The overflow interrupt of a CPU's Performance Monitors. */
  pmu(cpu: Cpu['index'], level: boolean): void {
    this.gic.setPpi(cpu, PPI.pmu, level);
  }

  /** After a system reset; the RTC goes on. */
  reset(): void {
    this.gic.reset();
    this.uart.reset();
    this.gpio.reset();
    this.virtio.reset();
    this.fwCfg.reset();
    this.flash.reset();
  }
}

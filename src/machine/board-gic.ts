/** The interrupt controller of the `virt` board in its place in the map. */

import type { System } from '../cpu/engine/system.ts';
import type { Device } from '../devices/device.ts';
import type { Gic } from '../devices/gic/gic.ts';
import { Gicv2m } from '../devices/gicv2/gicv2m.ts';
import type { GicVersion } from './hardware-options.ts';
import { gicv2For, gicv3For } from './interrupts.ts';
import { MSIS, SPI, VIRT_MAP, type Window } from './virt-map.ts';

type Add = (window: Window, device: Device) => void;

/** Makes the GIC of a system and adds its frames. `onGuestError` takes one line each. */
export function addGic(version: GicVersion, system: System, add: Add, onGuestError: (text: string) => void): Gic {
  return (version === 2 ? addGicv2 : addGicv3)(system, add, onGuestError);
}

/** With its frame for message-signalled interrupts; GICH and GICV only where the CPUs have EL2. */
function addGicv2(system: System, add: Add, onGuestError: (text: string) => void): Gic {
  const gic = gicv2For(system, onGuestError);
  const pulse = (spi: number): void => {
    gic.setSpi(spi, true);
    gic.setSpi(spi, false);
  };
  add(VIRT_MAP.gicDistributor, gic.distributor);
  add(VIRT_MAP.gicCpuInterface, gic.cpuInterface);
  add(VIRT_MAP.gicMsiFrame, new Gicv2m(SPI.msi, MSIS, { pulse, onGuestError }));
  if (system.model.hasEl2) {
    add(VIRT_MAP.gicHypervisor, gic.hypervisor);
    add(VIRT_MAP.gicVirtualCpu, gic.virtualCpuInterface);
  }
  return gic;
}

function addGicv3(system: System, add: Add, onGuestError: (text: string) => void): Gic {
  const gic = gicv3For(system, onGuestError);
  add(VIRT_MAP.gicDistributor, gic.distributor);
  add({ base: VIRT_MAP.gicRedistributors.base, size: gic.redistributors.bytes }, gic.redistributors);
  return gic;
}

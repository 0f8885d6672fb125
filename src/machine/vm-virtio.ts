/** The virtio-mmio transports of a VM: exits on its window reach them, and they reach its memory by IPA. */

import type { Dma } from '../devices/dma.ts';
import { Transports } from '../devices/virtio/transports.ts';
import { OutOfFrames } from '../hyp/errors.ts';
import type { Vm } from '../hyp/vm.ts';
import { SPI, VIRT_MAP } from './virt-map.ts';
import type { VirtioParts } from './virtio-options.ts';

/** Puts transports into a VM, at the place that they have on the board. Throws SlotError. */
export function addVirtio(vm: Vm, { models, isLegacy, onTransfer }: VirtioParts): void {
  const ports = {
    dma: vmDma(vm),
    irq: (index: number, level: boolean) => vm.setSpi(SPI.virtio + index, level),
    onGuestError: vm.parts.onGuestError,
    onMoved: onTransfer,
  };
  const transports = new Transports(models, ports, isLegacy);
  // Devices may come from a VM that was there before.
  transports.reset();
  vm.addDevice(VIRT_MAP.virtio.base, VIRT_MAP.virtio.size, transports);
}

/** Memory of a VM as its devices reach it; none once it has ended, which it does when there are no frames for it. */
const vmDma = (vm: Vm): Dma => ({
  read(address, into) {
    const bytes = vm.end === undefined ? vm.readBytes(address, into.length) : undefined;
    if (bytes !== undefined) into.set(bytes);
    return bytes !== undefined;
  },
  write(address, bytes) {
    try {
      return vm.end === undefined && vm.memory.host.areWritable(address, bytes.length) && vm.writeBytes(address, bytes);
    } catch (error) {
      if (!(error instanceof OutOfFrames)) throw error;
      vm.finish({ reason: 'outOfMemory', what: error.message });
      return false;
    }
  },
});

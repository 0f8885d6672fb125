/** Makes what `el2 run` runs: the machine for its VMs, a VM with its guest, the device tree of one. */

import { type Guest, VmHost } from '../machine/vm-host.ts';
import type { Supplies } from './guest.ts';
import { type ImageFile, loadFrom } from './image-file.ts';
import type { Settings } from './settings.ts';

/** Physical RAM beyond the memory of the VMs: stage-2 tables, a 512th of what they map, and their roots. */
const TABLES = 1 / 256;
const ROOTS = 2 ** 20;
const PAGE = 4096;
const physicalBytes = (vms: number, bytes: number): number =>
  vms * (Math.ceil((bytes * TABLES) / PAGE) * PAGE + bytes + ROOTS);

/** The machine that holds so many VMs. Throws MachineError. */
export function hostOf({ cpu, pcpus, gicVersion, engine, tlb, memoryBytes }: Settings, vms: number): VmHost {
  return new VmHost({ cpu, cpus: pcpus, gicVersion, engine, tlb, memoryBytes: physicalBytes(vms, memoryBytes) });
}

/** Makes the VM of an image, loaded. Throws UsageError and the errors of src/hyp/errors.ts. */
export function createGuest(
  host: VmHost,
  { memoryBytes, cpus: vcpus, append, ipaBits, pageBytes, hugePages }: Settings,
  image: ImageFile,
  { deviceTree, initrd, files, virtio }: Supplies,
): Guest {
  const { name, bytes } = image;
  const options = { name, memoryBytes, vcpus, ipaBits, pageBytes, hugePages, image: bytes, append, files };
  return loadFrom({ image, deviceTree, initrd }, () =>
    host.createGuest({ ...options, ...virtio, deviceTree: deviceTree?.bytes, initrd: initrd?.bytes }),
  );
}

/** The device tree that a VM with the image would be given, or any VM. Throws as `hostOf` and `createGuest` do. */
export function vmTree(settings: Settings, image: ImageFile | undefined, supplies: Supplies): Uint8Array {
  const { memoryBytes, cpus: vcpus, append } = settings;
  const host = hostOf(settings, 1);
  return image === undefined
    ? host.deviceTree({ memoryBytes, vcpus, append })
    : createGuest(host, settings, image, supplies).image.deviceTree;
}

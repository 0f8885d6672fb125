/** What a boot loader tells a kernel in /chosen (Devicetree Specification v0.4, section 3.6; Linux, chosen.yaml). */

import { hex } from './addresses.ts';
import { encodeFdt, type FdtNode, node, strings, u64s } from './fdt.ts';
import { parseFdt } from './fdt-parse.ts';

/** What a hypervisor is to start (Multiboot on Arm: Xen, docs/misc/arm/device-tree/booting.txt). */
export interface BootModule {
  readonly kind: 'kernel' | 'ramdisk';
  /** Where it lies, in the address space of the tree. */
  readonly address: number;
  readonly bytes: number;
  readonly bootargs?: string | undefined;
}

export interface Chosen {
  /** Boot arguments. */
  readonly bootargs?: string | undefined;
  /** Where the initial RAM disk lies, in the address space of the tree. */
  readonly initrd?: { readonly address: number; readonly bytes: number } | undefined;
  readonly modules?: readonly BootModule[] | undefined;
}

/** A blob with these in /chosen, the properties in place of any that it has; the rest stays. Throws FdtError. */
export function withChosen(blob: Uint8Array, { bootargs, initrd, modules = [] }: Chosen): Uint8Array {
  if (bootargs === undefined && initrd === undefined && modules.length === 0) return blob;
  const { root, bootCpu, reservations } = parseFdt(blob);
  const { properties, children } = chosenOf(root);
  if (bootargs !== undefined) properties.set('bootargs', strings(bootargs));
  if (initrd !== undefined) {
    properties.set('linux,initrd-start', u64s(initrd.address));
    properties.set('linux,initrd-end', u64s(initrd.address + initrd.bytes));
  }
  children.push(...modules.map(moduleNode));
  return encodeFdt(root, bootCpu, reservations);
}

/** Cells of address and size are two, as of the root. */
const moduleNode = ({ kind, address, bytes, bootargs }: BootModule): FdtNode =>
  node(`module@${hex(address)}`, {
    ...(bootargs !== undefined && { bootargs: strings(bootargs) }),
    compatible: strings('multiboot,module', `multiboot,${kind}`),
    reg: u64s(address, bytes),
  });

function chosenOf(root: FdtNode): FdtNode {
  const found = root.children.find(({ name }) => name === 'chosen');
  if (found !== undefined) return found;
  const made = node('chosen', {});
  root.children.push(made);
  return made;
}

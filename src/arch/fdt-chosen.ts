/** What a boot loader tells a kernel in /chosen (Devicetree Specification v0.4, section 3.6; Linux, chosen.yaml). */

import { encodeFdt, type FdtNode, node, strings, u64s } from './fdt.ts';
import { parseFdt } from './fdt-parse.ts';

export interface Chosen {
  /** Boot arguments. */
  readonly bootargs?: string | undefined;
  /** Where the initial RAM disk lies, in the address space of the tree. */
  readonly initrd?: { readonly address: number; readonly bytes: number } | undefined;
}

/** A blob with these properties in /chosen, in place of any that it has; the rest stays. Throws FdtError. */
export function withChosen(blob: Uint8Array, { bootargs, initrd }: Chosen): Uint8Array {
  if (bootargs === undefined && initrd === undefined) return blob;
  const { root, bootCpu, reservations } = parseFdt(blob);
  const { properties } = chosenOf(root);
  if (bootargs !== undefined) properties.set('bootargs', strings(bootargs));
  if (initrd !== undefined) {
    properties.set('linux,initrd-start', u64s(initrd.address));
    properties.set('linux,initrd-end', u64s(initrd.address + initrd.bytes));
  }
  return encodeFdt(root, bootCpu, reservations);
}

function chosenOf(root: FdtNode): FdtNode {
  const found = root.children.find(({ name }) => name === 'chosen');
  if (found !== undefined) return found;
  const made = node('chosen', {});
  root.children.push(made);
  return made;
}

/** What the monitor asks of VMs: their registers, address spaces and translations. */

import type { Va } from '../arch/addresses.ts';
import { explainText } from '../debug/translate.ts';
import type { Hypervisor } from '../hyp/hypervisor.ts';
import type { Vm } from '../hyp/vm.ts';
import type { VmHost } from '../machine/vm-host.ts';
import type { NamedMap, NamedRegisters } from './guest.ts';
import { savedView } from './vcpu-view.ts';

/** The registers of each vCPU. */
export const vmRegisters = (vms: readonly Vm[]): NamedRegisters[] =>
  vms.flatMap(({ name, vcpus }) =>
    vcpus.map((vcpu) => ({ name: `VM ${name} CPU#${vcpu.index} (${vcpu.status})`, state: savedView(vcpu) })),
  );

/** The machine by PA, and each VM by IPA. */
export const vmMaps = ({ system }: VmHost, vms: readonly Vm[]): NamedMap[] => [
  { name: 'machine (PA)', windows: system.bus.windows() },
  ...vms.map(({ name, memory }) => ({ name: `VM ${name} (IPA)`, windows: memory.map.windows() })),
];

/** The translation of a VA in the VM whose registers are in CPU 0, as EL1 would read it. */
export function vmWalk(hypervisor: Hypervisor, { cpus }: VmHost['system'], va: Va): string {
  const loaded = hypervisor.loaded(0);
  if (loaded === undefined) return 'no VM has run on CPU 0 yet';
  return `VM ${loaded.vm.name}\n${explainText(cpus[0], va, 'read', 1)}`;
}

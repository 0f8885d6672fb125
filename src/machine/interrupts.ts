/** The GICs that a machine can have, and the lines that connect them with the CPUs and their timers. */

import type { System } from '../cpu/engine/system.ts';
import {
  TIMER_HYPERVISOR,
  TIMER_HYPERVISOR_VIRTUAL,
  TIMER_PHYSICAL,
  TIMER_VIRTUAL,
  type Timer,
} from '../cpu/system/timers/generic-timers.ts';
import type { GicPorts } from '../devices/gic/gic.ts';
import { Gicv2 } from '../devices/gicv2/gicv2.ts';
import { Gicv3 } from '../devices/gicv3/gicv3.ts';
import { PPI } from './virt-map.ts';

/** The private interrupt of each timer, INTID - 16. */
export const TIMER_PPI: Readonly<Record<Timer, number>> = {
  [TIMER_PHYSICAL]: PPI.physicalTimer,
  [TIMER_VIRTUAL]: PPI.virtualTimer,
  [TIMER_HYPERVISOR]: PPI.hypervisorTimer,
  [TIMER_HYPERVISOR_VIRTUAL]: PPI.hypervisorVirtualTimer,
};

/** Lines into a system's CPUs. `onGuestError` takes one line each. */
function portsOf({ cpus }: System, onGuestError: (text: string) => void): GicPorts {
  const drive = (line: 'irqLine' | 'fiqLine' | 'virqLine' | 'vfiqLine') => (cpu: number, level: boolean) => {
    cpus[cpu][line] = level;
  };
  return {
    irq: drive('irqLine'),
    fiq: drive('fiqLine'),
    virq: drive('virqLine'),
    vfiq: drive('vfiqLine'),
    onGuestError,
  };
}

/** A GICv2 whose outputs are the interrupt lines of a system's CPUs. */
export const gicv2For = (system: System, onGuestError: (text: string) => void): Gicv2 =>
  new Gicv2(system.cpus.length, portsOf(system, onGuestError));

/** A GICv3 likewise; its system registers are those of the CPUs. */
export function gicv3For(system: System, onGuestError: (text: string) => void): Gicv3 {
  const gic = new Gicv3(system.cpus.length, portsOf(system, onGuestError));
  for (const cpu of system.cpus) cpu.gic = gic.systemRegisters[cpu.index];
  return gic;
}

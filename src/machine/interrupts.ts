/** The GICv2 of a machine and the lines that connect it with the CPUs and their timers. */

import type { System } from '../cpu/engine/system.ts';
import {
  TIMER_HYPERVISOR,
  TIMER_HYPERVISOR_VIRTUAL,
  TIMER_PHYSICAL,
  TIMER_VIRTUAL,
  type Timer,
} from '../cpu/system/timers/generic-timers.ts';
import { Gicv2 } from '../devices/gicv2/gicv2.ts';
import { PPI } from './virt-map.ts';

/** The private interrupt of each timer, INTID - 16. */
export const TIMER_PPI: Readonly<Record<Timer, number>> = {
  [TIMER_PHYSICAL]: PPI.physicalTimer,
  [TIMER_VIRTUAL]: PPI.virtualTimer,
  [TIMER_HYPERVISOR]: PPI.hypervisorTimer,
  [TIMER_HYPERVISOR_VIRTUAL]: PPI.hypervisorVirtualTimer,
};

/** A GICv2 whose outputs are the interrupt lines of a system's CPUs. `onGuestError` takes one line each. */
export function gicFor({ cpus }: System, onGuestError: (text: string) => void): Gicv2 {
  const drive = (line: 'irqLine' | 'fiqLine' | 'virqLine' | 'vfiqLine') => (cpu: number, level: boolean) => {
    cpus[cpu][line] = level;
  };
  return new Gicv2(cpus.length, {
    irq: drive('irqLine'),
    fiq: drive('fiqLine'),
    virq: drive('virqLine'),
    vfiq: drive('vfiqLine'),
    onGuestError,
  });
}

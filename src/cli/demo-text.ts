/** The words of the demo: what happened in the VMs, one walk, how to go on. */

import colors from 'picocolors';
import type { GuestRun } from './guest.ts';
import type { VmFigures } from './statistics.ts';

const NEXT_STEPS = `  el2 run IMAGE                                                       your guest in a VM
  el2 boot IMAGE -semihosting                                         your guest on the bare machine
  el2 boot IMAGE -M virt,virtualization=on -d int,mmu -D trace.log    entered at EL2, with a trace
  el2 --help                                                          all flags and exit codes

In a checkout, el2 is "node bin/el2.mjs". Guests to try are in firmware/images/.
`;

/** Counters that are not zero, the largest first: `dataAbort 320, hvc 6`. */
const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

function vmText({ name, stats: { exits, stage2Faults, mmio, injected } }: VmFigures): string {
  const faults = sum(stage2Faults);
  return `  VM ${name}, ended by PSCI SYSTEM_OFF
    stage-2 faults served    ${faults}: ${faults - mmio - injected} by a page of memory, ${mmio} by the model of the UART
    exits by kind            ${sum(exits)}: ${countsText(exits)}
`;
}

/** The account; `walk` are the lines of an explained walk in the VM that ran last. */
export function accountText(guests: GuestRun, walk: string, isTerminal: boolean): string {
  const { bold } = colors.createColors(isTerminal);
  const { system } = guests;
  const { vms = [] } = guests.account();
  const milliseconds = (system.cpus[0].now() / 1e6).toFixed(2);
  return `
${bold('What happened')}
${vms.map(vmText).join('')}  In all ${system.instructions} instructions and ${milliseconds} ms of virtual time, the same in every run.

${bold(`One walk explained: VM ${guests.vmName(0)}, VA to IPA to PA`)}
${walk.replaceAll(/^/gm, '  ')}

${bold('How to go on')}
${NEXT_STEPS}`;
}

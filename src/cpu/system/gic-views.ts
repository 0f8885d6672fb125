/** The system registers of a GICv3 CPU interface, bound to their names in the table (IHI 0069, chapter 12). */

import type { Sysreg } from '../../arch/sysregs/row.ts';
import type { Gicv3CpuInterface } from '../../devices/gicv3/cpu-interface.ts';
import type { Gicv3Cpu } from '../../devices/gicv3/gicv3.ts';
import type { Core } from '../core.ts';
import { R, type Slot } from '../slots.ts';
import { HCR_FMO, HCR_IMO } from './control-bits.ts';
import type { View } from './view.ts';

type Group = 0 | 1;

/** Makes a view of a register that exists where the CPU has a GICv3; `read` returns bits [31:0]. */
function view(
  read: ((gic: Gicv3Cpu, core: Core, row: Sysreg) => number) | undefined,
  write: (gic: Gicv3Cpu, lo: number, hi: number, row: Sysreg, core: Core) => void = () => {},
): Required<View> {
  return {
    read(core: Core, to: Slot, row: Sysreg) {
      if (core.gic === undefined || read === undefined) return;
      core.state.set64(to, 0, read(core.gic, core, row));
      core.leaveIfLinesChanged();
    },
    write(core: Core, hi: number, lo: number, row: Sysreg) {
      if (core.gic !== undefined) write(core.gic, lo, hi, row, core);
    },
    undefined: (core: Core): boolean => core.gic === undefined,
  };
}

/** CRm of registers of Group 0; those of Group 1 have 9 or 12. */
const CRM_GROUP0 = 8;
const groupOf = ({ key }: Sysreg): Group => (((key >>> 3) & 15) === CRM_GROUP0 ? 0 : 1);
/** ICC_IGRPEN0_EL1 and ICC_IGRPEN1_EL1 differ in bit 0 of op2. */
const enabledGroup = ({ key }: Sysreg): Group => (key & 1) as Group;
/** The group of the SGIs that a register generates: 1 for ICC_SGI1R_EL1, which has op2 5. */
export const sgiGroup = ({ key }: Sysreg): Group => ((key & 7) === 5 ? 1 : 0);

/** The interface that EL1 reaches: the virtual one while HCR_EL2 routes the interrupts of `mo` to EL2. */
const reached = ({ state }: Core, { physical, virtual }: Gicv3Cpu, mo: number): Gicv3CpuInterface =>
  state.el < 2 && (state.lo(R.HCR_EL2) & mo) !== 0 ? virtual : physical;
/** A register of either group is virtual while one of them is. */
const common = (core: Core, gic: Gicv3Cpu): Gicv3CpuInterface => reached(core, gic, HCR_FMO | HCR_IMO);
const grouped = (core: Core, gic: Gicv3Cpu, group: Group): Gicv3CpuInterface =>
  reached(core, gic, group === 0 ? HCR_FMO : HCR_IMO);

const listNumber = ({ key }: Sysreg): number => key & 15;

export const GIC_VIEWS = {
  ICC_PMR: view(
    (gic, core) => common(core, gic).pmr,
    (gic, lo, _hi, _row, core) => common(core, gic).setPriorityMask(lo),
  ),
  ICC_IAR: view((gic, core, row) => grouped(core, gic, groupOf(row)).acknowledge(groupOf(row))),
  ICC_EOIR: view(undefined, (gic, lo, _hi, row, core) =>
    grouped(core, gic, groupOf(row)).endOfInterrupt(groupOf(row), intidOf(lo)),
  ),
  ICC_HPPIR: view((gic, core, row) => grouped(core, gic, groupOf(row)).highestPending(groupOf(row))),
  ICC_BPR: view(
    (gic, core, row) => grouped(core, gic, groupOf(row)).binaryPoint(groupOf(row)),
    (gic, lo, _hi, row, core) => grouped(core, gic, groupOf(row)).writeBinaryPoint(groupOf(row), lo),
  ),
  ICC_APR: view(
    (gic, core, row) => grouped(core, gic, groupOf(row)).activePriorities(groupOf(row)),
    (gic, lo, _hi, row, core) => grouped(core, gic, groupOf(row)).setActivePriorities(groupOf(row), lo),
  ),
  ICC_DIR: view(undefined, (gic, lo, _hi, _row, core) => common(core, gic).deactivate(intidOf(lo))),
  ICC_RPR: view((gic, core) => common(core, gic).runningPriority),
  ICC_SGIR: view(undefined, (gic, lo, hi, row) => gic.sendSgi(sgiGroup(row), hi, lo)),
  ICC_CTLR: view(
    (gic, core) => common(core, gic).controlRegister,
    (gic, lo, _hi, _row, core) => {
      common(core, gic).controlRegister = lo;
    },
  ),
  ICC_IGRPEN: view(
    (gic, core, row) => grouped(core, gic, enabledGroup(row)).groupEnable(enabledGroup(row)),
    (gic, lo, _hi, row, core) => grouped(core, gic, enabledGroup(row)).setGroupEnable(enabledGroup(row), lo),
  ),
  ICH_APR: view(
    ({ virtual }, _core, row) => virtual.activePriorities(groupOf(row)),
    ({ virtual }, lo, _hi, row) => virtual.setActivePriorities(groupOf(row), lo),
  ),
  ICH_HCR: view(
    ({ list }) => list.hcr,
    ({ list }, lo) => {
      list.hcr = lo;
    },
  ),
  ICH_VTR: view(({ list }) => list.vtr),
  ICH_MISR: view(({ list }) => list.misr),
  ICH_EISR: view(({ list }) => list.eisr),
  ICH_ELRSR: view(({ list }) => list.elrsr),
  ICH_VMCR: view(
    ({ virtual }) => virtual.machineControl,
    ({ virtual }, lo) => {
      virtual.machineControl = lo;
    },
  ),
  ICH_LR: {
    read({ gic, state }, to, row) {
      if (gic !== undefined)
        state.set64(to, gic.list.registerHi(listNumber(row)), gic.list.registerLo(listNumber(row)));
    },
    write({ gic }, hi, lo, row) {
      gic?.list.setRegister(listNumber(row), hi, lo);
    },
    undefined: ({ gic }, row) => gic === undefined || listNumber(row) >= gic.list.count,
  },
} as const satisfies Record<string, View>;

/** INTIDs have 24 bits. */
const intidOf = (lo: number): number => lo & 0xff_ffff;

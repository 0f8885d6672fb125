/** Stage-2 aborts: demand paging, write protection, MMIO, and external aborts for what is not there. */

import { hex, type Ipa, ipa } from '../arch/addresses.ts';
import { faultStatusCode } from '../arch/fault.ts';
import { EC, ISS_CM, ISS_S1PTW, ISS_WNR } from '../arch/syndrome.ts';
import { CATEGORIES } from '../arch/trace.ts';
import { R } from '../cpu/slots.ts';
import { type Exit, type Next, PARK, RESUME, UNHANDLED } from './exit.ts';
import type { GuestMemory } from './guest-memory.ts';
import { unreadableLevel } from './guest-walk.ts';
import { injectAbort } from './inject.ts';
import { emulateAccess } from './mmio.ts';

/** DFSC or IFSC without its level. */
const STATUS_KIND = 0x3c;
const TRANSLATION = faultStatusCode('translation', 0);
const PERMISSION = faultStatusCode('permission', 0);
const ACCESS_FLAG = faultStatusCode('accessFlag', 0);

/** A mapping of more bytes than a 4 KiB page is worth a word in the trace. */
const PAGE = 0x1000;

/** A stage-2 abort, read from its syndrome. */
class Abort {
  kind: 'translation' | 'permission' | 'accessFlag' = 'translation';
  level = 0;
  access: 'read' | 'write' | 'execute' = 'read';
  /** The guest's own table walk met it. */
  onWalk = false;
  /** The access was cache maintenance. */
  maintenance = false;
  ipa!: Ipa;

  /** Reads the registers of an exit; false when it is no abort that stage-2 tables of ours give. */
  read(exit: Exit): boolean {
    const { iss, state } = exit;
    const status = iss & STATUS_KIND;
    const isFetch = exit.ec === EC.INSTRUCTION_ABORT_LOWER;
    this.kind = status === TRANSLATION ? 'translation' : status === PERMISSION ? 'permission' : 'accessFlag';
    this.level = iss & 3;
    this.onWalk = (iss & ISS_S1PTW) !== 0;
    this.maintenance = !isFetch && !this.onWalk && (iss & ISS_CM) !== 0;
    // Cache maintenance reports WnR = 1, but writes nothing; a table walk only reads.
    const isWrite = !isFetch && !this.onWalk && !this.maintenance && (iss & ISS_WNR) !== 0;
    this.access = isFetch ? 'execute' : isWrite ? 'write' : 'read';
    // FAR is the VA that was accessed: on a walk it says nothing about where in its page the descriptor is. HPFAR may be
    // UNKNOWN after a Permission fault that is not on a walk; the CPUs of this machine write it all the same.
    this.ipa = this.onWalk ? exit.faultPage : ipa(exit.faultPage + (state.lo(R.FAR_EL2) & 0xfff));
    return status === TRANSLATION || status === PERMISSION || status === ACCESS_FLAG;
  }
}

/** The abort that is served. */
const abort = new Abort();

/** Serves Instruction and Data Aborts from the guest; those that no guest can cause are unhandled. */
export function stage2Abort(exit: Exit): Next {
  if (!abort.read(exit)) return UNHANDLED;
  const { memory, stats } = exit.vm;
  stats.stage2Faults[abort.onWalk ? 'onTableWalk' : abort.kind]++;
  switch (memory.mapping.resolve(abort.ipa, abort.access === 'write')) {
    case 'mapped':
      return resolved(exit, () => mappingText(memory));
    case 'device':
      return accessDevice(exit);
    case 'readOnly':
      return refuse(exit, 'the slot is read-only');
    case 'nothing':
      return abort.maintenance ? skip(exit) : refuse(exit, 'no slot or device at this IPA');
    default:
      exit.vm.finish({ reason: 'outOfMemory', what: `no physical memory left for IPA ${hex(abort.ipa)}` });
      trace(exit, () => 'out of physical memory');
      return PARK;
  }
}

function mappingText({ stage2 }: GuestMemory): string {
  const leaf = stage2.lookUp(abort.ipa);
  if (leaf === undefined) return 'mapped to nothing';
  const rights = leaf.writable ? '' : ', read-only';
  return `mapped to PA ${hex(leaf.pa)}${leaf.bytes > PAGE ? `, ${hex(leaf.bytes)} bytes` : ''}${rights}`;
}

function accessDevice(exit: Exit): Next {
  const slot = exit.vm.memory.map.find(abort.ipa);
  if (abort.maintenance) return skip(exit);
  if (slot?.kind !== 'device') return refuse(exit, 'registers are no memory');
  const { device } = slot;
  if (abort.onWalk || abort.access === 'execute') return refuse(exit, `${device.name} is no memory`);
  const offset = abort.ipa - slot.ipa;
  const failure = emulateAccess(exit, slot, offset);
  if (failure !== undefined) return refuse(exit, `${device.name}: ${failure}`);
  exit.vm.stats.mmio++;
  return resolved(exit, () => `MMIO ${device.name} offset ${hex(offset, 3)}`);
}

/** Cache maintenance where there is no memory has nothing to do. */
function skip(exit: Exit): Next {
  exit.skip();
  return resolved(exit, () => 'cache maintenance, skipped');
}

/** Gives the guest the external abort that an empty bus would, at the level of its own walk if that met it. */
function refuse(exit: Exit, why: string): Next {
  trace(exit, () => `external abort: ${why}`);
  const isFetch = abort.access === 'execute';
  const status = abort.onWalk
    ? faultStatusCode('externalOnWalk', unreadableLevel(exit.pcpu, exit.far))
    : faultStatusCode('external', 0);
  injectAbort(exit, isFetch, isFetch ? status : status | (exit.iss & (ISS_WNR | ISS_CM)));
  return RESUME;
}

function resolved(exit: Exit, action: () => string): Next {
  trace(exit, action);
  return RESUME;
}

function trace(exit: Exit, action: () => string): void {
  if (!exit.traces(CATEGORIES.s2fault)) return;
  exit.trace({
    category: 's2fault',
    type: 'fault',
    vm: exit.vm.name,
    ipa: abort.ipa,
    access: abort.access,
    kind: abort.onWalk ? `${abort.kind} on a stage-1 table walk` : abort.kind,
    level: abort.level,
    action: action(),
  });
}

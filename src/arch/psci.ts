/** PSCI 1.1 and the SMC Calling Convention: decodes a call and says what the caller's machine has to do. */

/** A call's registers as uint32 halves: W0 is the function; X1 to X3 its arguments. */
export interface PsciCall {
  function: number;
  x1Hi: number;
  x1Lo: number;
  x2Hi: number;
  x2Lo: number;
  x3Hi: number;
  x3Lo: number;
}

/** Power state of a CPU, as AFFINITY_INFO reports it. */
export type CpuPower = 'on' | 'off' | 'pending';

/** What a machine or a VM tells about its CPUs. */
export interface PsciPorts {
  /** Power of the CPU whose MPIDR_EL1 has Aff3 `aff3` and Aff2..Aff0 `aff210` (bits [23:0]); undefined if none has. */
  cpuPower(aff3: number, aff210: number): CpuPower | undefined;
}

/**
 * What to do. `status` goes to X0, sign-extended to 64 bits. `suspend` waits as WFI does, with SUCCESS in X0; `cpuOff`
 * stops the caller; `cpuOn` starts a CPU that is off at `entry` (guest physical) with `context` in its X0.
 */
export type PsciResult =
  | { action: 'return'; status: number }
  | { action: 'suspend' }
  | { action: 'cpuOff' }
  | {
      action: 'cpuOn';
      aff3: number;
      aff210: number;
      entryHi: number;
      entryLo: number;
      contextHi: number;
      contextLo: number;
    }
  | { action: 'systemOff' }
  | { action: 'systemReset' };

/** Return codes (DEN 0022, "Return error codes"). */
export const PSCI = {
  SUCCESS: 0,
  NOT_SUPPORTED: -1,
  INVALID_PARAMETERS: -2,
  ALREADY_ON: -4,
  ON_PENDING: -5,
} as const;

type Handler = (call: PsciCall, ports: PsciPorts, is64: boolean) => PsciResult;

const VERSION_1_1 = 0x1_0001;
const NO_TRUSTED_OS = 2;
/** Bit 30 of a function ID: the SMC64 convention. */
const SMC64 = 0x4000_0000;
/** power_state bits that must be zero for a standby state of affinity level 0 (DEN 0022, "CPU_SUSPEND"). */
const NOT_STANDBY = 0xfffe_0000;
const AFFINITY: Record<CpuPower, number> = { on: 0, off: 1, pending: 2 };
/** Bits of an MPIDR argument that are no affinity field: halves [63:40] and [31:24]. */
const MPIDR_HI_RES0 = 0xffff_ff00;
const MPIDR_LO_RES0 = 0xff00_0000;

const returns = (status: number): PsciResult => ({ action: 'return', status });

const cpuSuspend: Handler = (call) =>
  (call.x1Lo & NOT_STANDBY) !== 0 ? returns(PSCI.INVALID_PARAMETERS) : { action: 'suspend' };

const cpuOn: Handler = (call, ports, is64) => {
  const power = powerOf(call, ports, is64);
  if (power === undefined) return returns(PSCI.INVALID_PARAMETERS);
  if (power === 'on') return returns(PSCI.ALREADY_ON);
  if (power === 'pending') return returns(PSCI.ON_PENDING);
  return {
    action: 'cpuOn',
    aff3: is64 ? call.x1Hi : 0,
    aff210: call.x1Lo,
    entryHi: is64 ? call.x2Hi : 0,
    entryLo: call.x2Lo,
    contextHi: is64 ? call.x3Hi : 0,
    contextLo: call.x3Lo,
  };
};

const affinityInfo: Handler = (call, ports, is64) => {
  const power = powerOf(call, ports, is64);
  const level = call.x2Lo;
  return returns(power === undefined || level !== 0 ? PSCI.INVALID_PARAMETERS : AFFINITY[power]);
};

const psciFeatures: Handler = (call) => returns(isImplemented(call.x1Lo) ? PSCI.SUCCESS : PSCI.NOT_SUPPORTED);

/** Functions by ID without bit 30; `smc64` tells that the SMC64 form exists too. PSCI: DEN 0022; SMCCC: DEN 0028. */
const FUNCTIONS = new Map<number, { name: string; smc64: boolean; handle: Handler }>([
  [0x8400_0000, { name: 'PSCI_VERSION', smc64: false, handle: () => returns(VERSION_1_1) }],
  [0x8400_0001, { name: 'CPU_SUSPEND', smc64: true, handle: cpuSuspend }],
  [0x8400_0002, { name: 'CPU_OFF', smc64: false, handle: () => ({ action: 'cpuOff' }) }],
  [0x8400_0003, { name: 'CPU_ON', smc64: true, handle: cpuOn }],
  [0x8400_0004, { name: 'AFFINITY_INFO', smc64: true, handle: affinityInfo }],
  [0x8400_0006, { name: 'MIGRATE_INFO_TYPE', smc64: false, handle: () => returns(NO_TRUSTED_OS) }],
  [0x8400_0008, { name: 'SYSTEM_OFF', smc64: false, handle: () => ({ action: 'systemOff' }) }],
  [0x8400_0009, { name: 'SYSTEM_RESET', smc64: false, handle: () => ({ action: 'systemReset' }) }],
  [0x8400_000a, { name: 'PSCI_FEATURES', smc64: false, handle: psciFeatures }],
  [0x8000_0000, { name: 'SMCCC_VERSION', smc64: false, handle: () => returns(VERSION_1_1) }],
  [0x8000_0001, { name: 'SMCCC_ARCH_FEATURES', smc64: false, handle: archFeatures }],
]);

/** SMCCC_ARCH_FEATURES answers for the Arm Architecture Calls alone (owner 0, IDs 0x8000_xxxx). */
function archFeatures(call: PsciCall): PsciResult {
  const isArchitectureCall = call.x1Lo >>> 16 === 0x8000;
  return returns(isArchitectureCall && isImplemented(call.x1Lo) ? PSCI.SUCCESS : PSCI.NOT_SUPPORTED);
}

function find(id: number): { name: string; smc64: boolean; handle: Handler } | undefined {
  const found = FUNCTIONS.get((id & ~SMC64) >>> 0);
  return found !== undefined && ((id & SMC64) === 0 || found.smc64) ? found : undefined;
}

const isImplemented = (id: number): boolean => find(id) !== undefined;

function powerOf(call: PsciCall, ports: PsciPorts, is64: boolean): CpuPower | undefined {
  if ((call.x1Lo & MPIDR_LO_RES0) !== 0 || (is64 && (call.x1Hi & MPIDR_HI_RES0) !== 0)) return undefined;
  return ports.cpuPower(is64 ? call.x1Hi : 0, call.x1Lo);
}

/** Name of a function ID for traces, as the specification writes it; undefined if it is not implemented. */
export const psciName = (id: number): string | undefined => find(id >>> 0)?.name;

/** Decodes one HVC or SMC from AArch64. A function that is not implemented returns NOT_SUPPORTED. Changes nothing. */
export function psci(call: PsciCall, ports: PsciPorts): PsciResult {
  const found = find(call.function >>> 0);
  return found === undefined ? returns(PSCI.NOT_SUPPORTED) : found.handle(call, ports, (call.function & SMC64) !== 0);
}

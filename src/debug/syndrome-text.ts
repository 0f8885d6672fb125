/** ESR_ELx in words: exception class and the fields of its ISS (DDI 0487, "ESR_EL1, Exception Syndrome Register"). */

import { hex } from '../arch/addresses.ts';
import {
  EC,
  EXCEPTION_CLASS_NAMES,
  type ExceptionClass,
  exceptionClass,
  ISS_CM,
  ISS_ISV,
  ISS_S1PTW,
  ISS_WNR,
  instructionSyndrome,
} from '../arch/syndrome.ts';
import { sysregName } from '../arch/sysregs/table.ts';
import { faultStatusText } from './fault-text.ts';

/** A decoded syndrome. */
export interface Syndrome {
  /** Exception class, ESR[31:26], and its name in the manual. */
  ec: number;
  name: string;
  /** Fields of the ISS that the class defines, by the manual's names; status codes and registers as words. */
  fields: Record<string, string>;
}

type Fields = Record<string, string>;
type IssDecoder = (iss: number) => Fields;

const flag = (iss: number, mask: number): string => (iss & mask ? '1' : '0');
const bits = (iss: number, high: number, low: number): number => (iss >>> low) & ((1 << (high - low + 1)) - 1);

const immediate: IssDecoder = (iss) => ({ imm16: hex(iss & 0xffff) });
const waitFor: IssDecoder = (iss) => ({ TI: ['WFI', 'WFE', 'WFIT', 'WFET'][iss & 3] });
const instructionAbort: IssDecoder = (iss) => ({
  IFSC: faultStatusText(iss & 0x3f),
  S1PTW: flag(iss, ISS_S1PTW),
  EA: flag(iss, 1 << 9),
  FnV: flag(iss, 1 << 10),
});
const dataAbort: IssDecoder = (iss) => ({
  DFSC: faultStatusText(iss & 0x3f),
  WnR: iss & ISS_WNR ? '1 (write)' : '0 (read)',
  S1PTW: flag(iss, ISS_S1PTW),
  CM: flag(iss, ISS_CM),
  EA: flag(iss, 1 << 9),
  FnV: flag(iss, 1 << 10),
  ISV: flag(iss, ISS_ISV),
  ...((iss & ISS_ISV) !== 0 && {
    SAS: `${8 << bits(iss, 23, 22)} bits`,
    SSE: flag(iss, 1 << 21),
    SRT: `${iss & (1 << 15) ? 'X' : 'W'}${bits(iss, 20, 16)}`,
    AR: flag(iss, 1 << 14),
  }),
});
const systemRegister: IssDecoder = (iss) => {
  const [op0, op2, op1, crn, crm] = [
    bits(iss, 21, 20),
    bits(iss, 19, 17),
    bits(iss, 16, 14),
    bits(iss, 13, 10),
    bits(iss, 4, 1),
  ];
  return {
    register: sysregName((op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2),
    Rt: `X${bits(iss, 9, 5)}`,
    Direction: iss & 1 ? '1 (read)' : '0 (write)',
  };
};
const serror: IssDecoder = (iss) => ({ IDS: flag(iss, 1 << 24), ISS: hex(iss & 0xff_ffff) });
const breakpoint: IssDecoder = (iss) => ({ IFSC: faultStatusText(iss & 0x3f) });
const watchpoint: IssDecoder = (iss) => ({
  DFSC: faultStatusText(iss & 0x3f),
  WnR: iss & ISS_WNR ? '1 (write)' : '0 (read)',
  CM: flag(iss, ISS_CM),
});
const softwareStep: IssDecoder = (iss) => ({
  IFSC: faultStatusText(iss & 0x3f),
  EX: flag(iss, 1 << 6),
  ISV: flag(iss, ISS_ISV),
});

/** Classes whose ISS has fields; that of the others is RES0 or shown bare. */
const DECODERS: Partial<Record<number, IssDecoder>> = {
  [EC.WFX]: waitFor,
  [EC.SVC64]: immediate,
  [EC.HVC64]: immediate,
  [EC.SMC64]: immediate,
  [EC.SYSTEM_REGISTER]: systemRegister,
  [EC.INSTRUCTION_ABORT_LOWER]: instructionAbort,
  [EC.INSTRUCTION_ABORT_SAME]: instructionAbort,
  [EC.DATA_ABORT_LOWER]: dataAbort,
  [EC.DATA_ABORT_SAME]: dataAbort,
  [EC.SERROR]: serror,
  [EC.BREAKPOINT_LOWER]: breakpoint,
  [EC.BREAKPOINT_SAME]: breakpoint,
  [EC.STEP_LOWER]: softwareStep,
  [EC.STEP_SAME]: softwareStep,
  [EC.WATCHPOINT_LOWER]: watchpoint,
  [EC.WATCHPOINT_SAME]: watchpoint,
  [EC.BRK64]: immediate,
};
const bare: IssDecoder = (iss) => (iss === 0 ? {} : { ISS: hex(iss) });

/** Decodes the low 32 bits of an ESR_ELx; any value is possible, since software may write the register. */
export function decodeSyndrome(esr: number): Syndrome {
  const ec = exceptionClass(esr);
  const name = EXCEPTION_CLASS_NAMES[ec as ExceptionClass] ?? `Reserved exception class ${hex(ec)}`;
  return { ec, name, fields: (DECODERS[ec] ?? bare)(instructionSyndrome(esr)) };
}

/** One line: the class, then its fields as `name=value`. */
export function syndromeText(esr: number): string {
  const { name, fields } = decodeSyndrome(esr);
  const words = Object.entries(fields).map(([field, value]) => `${field}=${value}`);
  return words.length === 0 ? name : `${name}: ${words.join(', ')}`;
}

/** The numbers of Intel's command set (JEP137): commands, and bits of the status register. */

export const COMMAND = {
  programAlternate: 0x10,
  eraseBlock: 0x20,
  program: 0x40,
  clearStatus: 0x50,
  lock: 0x60,
  readStatus: 0x70,
  readIdentity: 0x90,
  readQuery: 0x98,
  confirm: 0xd0,
  writeToBuffer: 0xe8,
  readArray: 0xff,
  /** Of another command set; drivers that do not know yet what they have send both. */
  reset: 0xf0,
} as const;

/** Bits of the status register. */
export const READY = 0x80;
export const ERASE_ERROR = 0x20;
export const PROGRAM_ERROR = 0x10;
export const PROTECTED = 0x02;
/** Both: a sequence of commands that there is not. */
export const SEQUENCE_ERROR = ERASE_ERROR | PROGRAM_ERROR;

/** Arm semihosting for AArch64: the table of calls ("Semihosting for AArch32 and AArch64", 2.0). */

import { type Va, va, vaOf } from './addresses.ts';
import { readCharacter, writeCharacter, writeString } from './semihosting-console.ts';
import { ERRNO } from './semihosting-errors.ts';
import { type HandleState, SemihostingHandles } from './semihosting-handles.ts';
import { commandLine, remove, rename, temporaryName } from './semihosting-names.ts';
import { SemihostingGuest, type SemihostingPorts } from './semihosting-ports.ts';

/** Plain JSON state. */
export interface SemihostingState {
  /** Open handles. */
  handles: [number, HandleState][];
  errno: number;
}

const ADP_STOPPED_APPLICATION_EXIT = 0x2_0026n;
const TICKS_PER_SECOND = 1_000_000_000;
const NANOSECONDS_PER_CENTISECOND = 10_000_000;

/** The host's side of `HLT #0xF000`. One for each machine: it holds the guest's open handles. */
export class Semihosting {
  private readonly guest: SemihostingGuest;
  private readonly handles: SemihostingHandles;

  /** Calls by W0; each takes X1 and gives X0, or undefined while it waits for console input. */
  private readonly calls = new Map<number, (parameter: Va) => bigint | undefined>([
    [0x01, (at) => this.handles.openFile(at)],
    [0x02, (at) => this.handles.close(at)],
    [0x03, (at) => writeCharacter(this.guest, at)],
    [0x04, (at) => writeString(this.guest, at)],
    [0x05, (at) => this.handles.write(at)],
    [0x06, (at) => this.handles.read(at)],
    [0x07, () => readCharacter(this.guest)],
    [0x08, (at) => this.isError(at)],
    [0x09, (at) => this.handles.isTerminal(at)],
    [0x0a, (at) => this.handles.seek(at)],
    [0x0c, (at) => this.handles.fileLength(at)],
    [0x0d, (at) => temporaryName(this.guest, at)],
    [0x0e, (at) => remove(this.guest, at)],
    [0x0f, (at) => rename(this.guest, at)],
    [0x10, () => this.timeIn(NANOSECONDS_PER_CENTISECOND)],
    [0x11, () => BigInt(this.ports.startSeconds) + this.timeIn(TICKS_PER_SECOND)],
    [0x13, () => BigInt(this.guest.errno)],
    [0x15, (at) => commandLine(this.guest, at)],
    [0x16, (at) => this.heapInfo(at)],
    [0x18, (at) => this.exit(at)],
    [0x20, (at) => this.exit(at)],
    [0x30, (at) => this.guest.putWords(at, [Math.floor(this.ports.nanoseconds())])],
    [0x31, () => BigInt(TICKS_PER_SECOND)],
  ]);

  constructor(private readonly ports: SemihostingPorts) {
    this.guest = new SemihostingGuest(ports);
    this.handles = new SemihostingHandles(this.guest);
  }

  /**
   * Does the call of W0 and X1 and writes X0; the caller moves PC past the HLT. Work is bounded for any registers.
   * False, and nothing has happened, when the call waits for console input: the CPU must not go on before the same call
   * is made again.
   */
  call(): boolean {
    const operation = this.ports.reg(0).lo;
    const { hi, lo } = this.ports.reg(1);
    const serve = this.calls.get(operation) ?? (() => this.unsupported(operation));
    const result = serve(vaOf(hi, lo));
    if (result === undefined) return false;
    this.ports.setReg(0, Number(BigInt.asUintN(32, result >> 32n)), Number(BigInt.asUintN(32, result)));
    return true;
  }

  /** The guest starts again, or is gone: closes its files. */
  reset(): void {
    this.handles.closeAll();
  }

  /** A copy of the state. */
  state(): SemihostingState {
    return { handles: this.handles.state(), errno: this.guest.errno };
  }

  /** Makes one from a `state()`; files that were open are opened again, and not emptied. */
  static fromState(state: SemihostingState, ports: SemihostingPorts): Semihosting {
    const made = new Semihosting(ports);
    made.handles.restore(state.handles);
    made.guest.errno = state.errno;
    return made;
  }

  private unsupported(operation: number): bigint {
    this.ports.onUnsupported(`semihosting call 0x${operation.toString(16).padStart(2, '0')} is not implemented`);
    return this.guest.fail(ERRNO.ENOSYS);
  }

  /** Virtual time in whole units of some nanoseconds. */
  private timeIn(unit: number): bigint {
    return BigInt(Math.floor(this.ports.nanoseconds() / unit));
  }

  private isError(at: Va): bigint {
    const block = this.guest.words(at, 1);
    if (block === undefined) return this.guest.fail(ERRNO.EFAULT);
    return BigInt.asIntN(64, block[0]) < 0n ? 1n : 0n;
  }

  private heapInfo(at: Va): bigint {
    const block = this.guest.words(at, 1);
    if (block === undefined) return this.guest.fail(ERRNO.EFAULT);
    return this.guest.putWords(va(block[0]), this.ports.heap());
  }

  /** SYS_EXIT and SYS_EXIT_EXTENDED, the same in AArch64: any end that is not the application's own gives 1. */
  private exit(at: Va): bigint {
    const block = this.guest.words(at, 2);
    const isOwn = block !== undefined && block[0] === ADP_STOPPED_APPLICATION_EXIT;
    this.ports.exit(isOwn ? Number(BigInt.asIntN(32, block[1])) : 1);
    return 0n;
  }
}

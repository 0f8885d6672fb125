/** PL061 GPIO (DDI 0190): eight lines, each an input or an output, with interrupts by level or by edge. */

import type { Device } from './device.ts';

/** GPIODATA: address bits [9:2] say which lines an access touches. */
const DATA_END = 0x400;
const DIR = 0x400;
const IS = 0x404;
const IBE = 0x408;
const IEV = 0x40c;
const IE = 0x410;
const RIS = 0x414;
const MIS = 0x418;
const IC = 0x41c;
const AFSEL = 0x420;
/** GPIOPeriphID0 to 3 and GPIOPCellID0 to 3. */
const ID = 0xfe0;
const ID_BYTES = [0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
const LINES = 8;

export interface Pl061Ports {
  /** GPIOINTR, called when the level changes. */
  irq(level: boolean): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

/** The whole state, plain JSON; a bit a line. */
export interface Pl061State {
  /** Levels that come from outside. */
  readonly inputs: number;
  /** What the guest has written to GPIODATA. */
  readonly output: number;
  readonly direction: number;
  /** GPIOIS, GPIOIBE, GPIOIEV, GPIOIE, GPIOAFSEL. */
  readonly sense: number;
  readonly bothEdges: number;
  readonly event: number;
  readonly enable: number;
  readonly alternate: number;
  /** Edges that were seen. */
  readonly edges: number;
}

const FRESH: Pl061State = {
  ...{ inputs: 0, output: 0, direction: 0 },
  ...{ sense: 0, bothEdges: 0, event: 0, enable: 0, alternate: 0, edges: 0 },
};

export class Pl061 implements Device {
  readonly name = 'pl061';
  private inputs = 0;
  private output = 0;
  private direction = 0;
  private sense = 0;
  private bothEdges = 0;
  private event = 0;
  private enable = 0;
  private alternate = 0;
  private edges = 0;
  private level = false;

  constructor(private readonly ports: Pl061Ports) {}

  /** Sets the level of a line, 0 to 7, from outside; a line that is an output does not see it. */
  setInput(line: number, level: boolean): void {
    if (!(line >= 0 && line < LINES)) throw new RangeError(`GPIO line ${line} does not exist`);
    const bit = 1 << line;
    this.change(() => {
      this.inputs = level ? this.inputs | bit : this.inputs & ~bit;
    });
  }

  /** Levels on the lines, whoever drives them. */
  private get lines(): number {
    return (this.output & this.direction) | (this.inputs & ~this.direction);
  }

  /** GPIORIS: edges are kept until cleared, levels are there while they last. */
  private get raw(): number {
    return (this.edges & ~this.sense) | (~(this.lines ^ this.event) & this.sense);
  }

  read(offset: number): number {
    if (offset < DATA_END) return this.lines & (offset >>> 2);
    switch (offset) {
      case DIR:
        return this.direction;
      case IS:
        return this.sense;
      case IBE:
        return this.bothEdges;
      case IEV:
        return this.event;
      case IE:
        return this.enable;
      case RIS:
        return this.raw;
      case MIS:
        return this.raw & this.enable;
      case AFSEL:
        return this.alternate;
    }
    const id = (offset - ID) / 4;
    if (id >= 0 && id < ID_BYTES.length && Number.isInteger(id)) return ID_BYTES[id];
    this.ports.onGuestError(`pl061: read of offset 0x${offset.toString(16)}, where no readable register is`);
    return 0;
  }

  write(offset: number, _size: 1 | 2 | 4, value: number): void {
    this.change(() => this.writeRegister(offset, value & 0xff));
  }

  private writeRegister(offset: number, value: number): void {
    if (offset < DATA_END) {
      const mask = (offset >>> 2) & this.direction;
      this.output = (this.output & ~mask) | (value & mask);
      return;
    }
    switch (offset) {
      case DIR:
        this.direction = value;
        break;
      case IS:
        this.sense = value;
        break;
      case IBE:
        this.bothEdges = value;
        break;
      case IEV:
        this.event = value;
        break;
      case IE:
        this.enable = value;
        break;
      case IC:
        this.edges &= ~value;
        break;
      case AFSEL:
        this.alternate = value;
        break;
      default:
        this.ports.onGuestError(`pl061: write of offset 0x${offset.toString(16)}, where no writable register is`);
    }
  }

  /** Changes registers or inputs, and sees the edges that come of it. */
  private change(act: () => void): void {
    const before = this.lines;
    act();
    const { lines } = this;
    const wanted = this.bothEdges | ~(lines ^ this.event);
    this.edges |= (before ^ lines) & wanted & ~this.sense & 0xff;
    this.drive();
  }

  private drive(): void {
    const level = (this.raw & this.enable) !== 0;
    if (level === this.level) return;
    this.level = level;
    this.ports.irq(level);
  }

  /** As after power-on; the levels that come from outside remain. */
  reset(): void {
    this.load({ ...FRESH, inputs: this.inputs });
  }

  /** A copy of the state. */
  state(): Pl061State {
    const { inputs, output, direction, sense, bothEdges, event, enable, alternate, edges } = this;
    return { inputs, output, direction, sense, bothEdges, event, enable, alternate, edges };
  }

  /** Makes a GPIO from a `state()`; drives `irq` if the line is high. */
  static fromState(state: Pl061State, ports: Pl061Ports): Pl061 {
    const gpio = new Pl061(ports);
    gpio.load(state);
    return gpio;
  }

  private load(state: Pl061State): void {
    Object.assign(this, state);
    this.drive();
  }
}

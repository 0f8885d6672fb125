/** Types of the part of `@alexaltea/capstone-js` that the disassembler uses; the package ships none. */
declare module '@alexaltea/capstone-js' {
  interface Instruction {
    mnemonic: string;
    op_str: string;
  }
  interface Capstone {
    /** Decodes instructions from the first byte; throws when the first is not one. */
    disasm(bytes: readonly number[], address: number): Instruction[];
  }
  interface Library {
    readonly ARCH_ARM64: number;
    readonly MODE_ARM: number;
    readonly Capstone: new (architecture: number, mode: number) => Capstone;
  }
  export default function load(): Promise<Library>;
}

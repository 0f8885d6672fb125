/** Tiny A64 guests as flat binaries; each is loaded at 0x4008_0000 and starts there. */

export const BASE = 0x4008_0000;

/** A flat binary of instruction words. */
export const flat = (...words: number[]): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);

const LOOP = 0x1400_0000; // b .
/** Stores a character to the UART. */
const put = (character: string): number[] => [
  0xd2a1_2001, // movz x1, #0x900, lsl #16
  0x5280_0002 | (character.charCodeAt(0) << 5), // mov w2, #character
  0x3900_0022, // strb w2, [x1]
];
/** A PSCI call by HVC: SYSTEM_OFF is 8, SYSTEM_RESET 9. */
const psci = (number: number): number[] => [
  0x52b0_8000, // mov w0, #0x84000000
  0x7280_0000 | (number << 5), // movk w0, #number
  0xd400_0002, // hvc #0
  LOOP,
];

export const spin = flat(LOOP);
/** Nothing can wake it. */
export const sleep = flat(0xd503_207f, 0x17ff_ffff); // wfi; b .-4
/** CPU 1 is on as well, and waits like CPU 0. */
export const sleepers = flat(
  0xd280_0060, // movz x0, #3
  0xf2b8_8000, // movk x0, #0xc400, lsl #16
  0xd280_0021, // movz x1, #1
  0x1000_0042, // adr x2, .+8
  0xd400_0002, // hvc #0
  0xd503_207f, // wfi
  0x17ff_ffff, // b .-4
);
export const powerOff = flat(...psci(8));
/** Prints an A and resets the machine. */
export const reset = flat(...put('A'), ...psci(9));
/** Prints three letters and spins. */
export const abc = flat(...put('A'), ...put('B'), ...put('C'), LOOP);
/** Prints for ever. */
export const chatter = flat(...put('A'), 0x17ff_fffd); // b .-12
/** Ends by semihosting SYS_EXIT with a code. */
export const exit = (code: number): Uint8Array =>
  flat(
    0x5280_0300, // mov w0, #0x18
    0x1000_0061, // adr x1, .+12
    0xd45e_0000, // hlt #0xf000
    LOOP,
    0x2_0026,
    0, // ADP_Stopped_ApplicationExit
    code,
    0,
  );
/** Ends by semihosting with what `code` leaves in W0. */
export const exitWith = (...code: number[]): Uint8Array =>
  flat(
    ...code,
    0x1000_0081, // adr x1, .+16
    0xb900_0820, // str w0, [x1, #8]
    0x5280_0300, // mov w0, #0x18
    0xd45e_0000, // hlt #0xf000
    0x2_0026,
    0, // ADP_Stopped_ApplicationExit
    0,
    0,
  );
/** Calls of semihosting in turn, each with its parameter: the byte offset / 4 of what it points to in `words`. */
export function semihosting(
  calls: readonly [operation: number, parameter: number][],
  words: readonly number[],
): Uint8Array {
  const codeWords = calls.length * 3 + 1;
  const code = calls.flatMap(([operation, parameter], call) => [
    0x5280_0000 | (operation << 5), // mov w0, #operation
    0x1000_0001 | ((codeWords + parameter - (call * 3 + 1)) << 5), // adr x1, parameter
    0xd45e_0000, // hlt #0xf000
  ]);
  return flat(...code, LOOP, ...words);
}

/** Turns the GICv2 on: group 0, every priority. Leaves the distributor in X1. */
const GIC_ON = [
  0xd2a1_0001, // mov x1, #0x8000000
  0xd2a1_0023, // mov x3, #0x8010000
  0x5280_0022, // mov w2, #1
  0xb900_0022, // str w2, [x1]: GICD_CTLR
  0xb900_0062, // str w2, [x3]: GICC_CTLR
  0x5280_1fe2, // mov w2, #0xff
  0xb900_0462, // str w2, [x3, #4]: GICC_PMR
];
/** The virtual timer interrupts in a second. */
const TIMER_ON = [
  0x52a1_0002, // mov w2, #1 << 27
  0xb901_0022, // str w2, [x1, #0x100]: GICD_ISENABLER0
  0xd2a0_7724, // mov x4, #62500000, high
  0xf295_9404, // movk x4, low
  0xd51b_e304, // msr cntv_tval_el0, x4
  0xd280_0024, // mov x4, #1
  0xd51b_e324, // msr cntv_ctl_el0, x4
];
/** The UART interrupts when something is typed. */
const INPUT_ON = [
  0x5280_0042, // mov w2, #2
  0xb901_0422, // str w2, [x1, #0x104]: GICD_ISENABLER1
  0x52a0_2022, // mov w2, #0x1010000
  0x7280_2022, // movk w2, #0x101
  0xb908_2022, // str w2, [x1, #0x820]: GICD_ITARGETSR8
  0xd2a1_2005, // mov x5, #0x9000000
  0x5280_0a02, // mov w2, #0x50: RTIM, RXIM
  0xb900_38a2, // str w2, [x5, #0x38]: UARTIMSC
];
const WFI = 0xd503_207f;
/** Prints what is in UARTDR: a typed character, or the NUL of an empty FIFO. */
const ECHO = [
  0xd2a1_2005, // mov x5, #0x9000000
  0xb940_00a2, // ldr w2, [x5]
  0x3900_00a2, // strb w2, [x5]
];
/** Waits a second; waits for a key; waits for a key at most a second, and prints it. Each then powers off. */
export const waitSecond = flat(...GIC_ON, ...TIMER_ON, WFI, ...psci(8));
export const waitKey = flat(...GIC_ON, ...INPUT_ON, WFI, ...ECHO, ...psci(8));
export const waitEither = flat(...GIC_ON, ...TIMER_ON, ...INPUT_ON, WFI, ...ECHO, ...psci(8));

/** Its vector table is unmapped: the first exception faults for ever. */
export const stuck = flat(0xd400_0001, LOOP); // svc #0

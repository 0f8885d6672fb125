/* Byte offsets that start.S and runner.c share (runner.c asserts them), and the time-out. */

/* Registers in the order of REGISTERS in test/vectors/state.ts. */
#define REG_SP_EL0 248
#define REG_TPIDR_EL0 264
#define REG_TPIDR_EL1 280
#define TEST_ELR_EL1 288
#define TEST_PSTATE 304

/* 16,000 instructions with `-icount shift=0`. */
#define TIMEOUT_TICKS 1000

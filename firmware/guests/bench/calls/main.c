/* bench/calls: calls through a table of functions, and functions that are written at run time. */
#include "bench.h"

#define FUNCTIONS 16u
#define CALLS 1000u
#define SITES 256u
#define SITE_WORDS 16u
#define LINE 64u /* bytes of the smallest cache line that the CPUs have */

typedef u64 function(u64);

#define FUNCTION(n) \
  static __attribute__((noinline)) u64 function_##n(u64 x) { return (x ^ (x >> ((n) + 1))) * (2 * (n) + 3) + (n); }
FUNCTION(0) FUNCTION(1) FUNCTION(2) FUNCTION(3) FUNCTION(4) FUNCTION(5) FUNCTION(6) FUNCTION(7)
FUNCTION(8) FUNCTION(9) FUNCTION(10) FUNCTION(11) FUNCTION(12) FUNCTION(13) FUNCTION(14) FUNCTION(15)

static function *const volatile table[FUNCTIONS] = {
    function_0, function_1, function_2,  function_3,  function_4,  function_5,  function_6,  function_7,
    function_8, function_9, function_10, function_11, function_12, function_13, function_14, function_15};

/* A round is 1,000 calls; what a function returns decides which is next. */
static u64 indirect(u64 rounds) {
  u64 value = 1;
  for (u64 call = rounds * CALLS; call; call--) value = table[(value >> 20) % FUNCTIONS](value);
  return value;
}

static u32 code[SITES][SITE_WORDS] __attribute__((aligned(PAGE_SIZE)));

/* MOVZ X1, #imm16; ADD X0, X0, X1; EOR X0, X0, X0, LSR #7; RET. */
static void write_function(u32 *at, u16 imm16) {
  at[0] = 0xd2800001 | (u32)imm16 << 5;
  at[1] = 0x8b010000;
  at[2] = 0xca401c00;
  at[3] = 0xd65f03c0;
  for (u64 line = (u64)at; line < (u64)(at + SITE_WORDS); line += LINE) SYS_OP_X("dc cvau", line);
  dsb();
  for (u64 line = (u64)at; line < (u64)(at + SITE_WORDS); line += LINE) SYS_OP_X("ic ivau", line);
  dsb();
  isb();
}

/* A round writes one function over an older one and calls it four times. */
static u64 generate(u64 rounds) {
  u64 value = 1;
  for (u64 round = 0; round < rounds; round++) {
    u32 *site = code[round % SITES];
    write_function(site, (u16)(round * 40503u));
    for (u32 call = 0; call < 4; call++) value = ((function *)(u64)site)(value);
  }
  return value;
}

static const struct kernel kernels[] = {{"indirect", 500, NULL, indirect}, {"generate", 2000, NULL, generate}};

int main(void) {
  mmu_on();
  return BENCH_MAIN(kernels);
}

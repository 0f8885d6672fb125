/* bench/integer: CRC, sort, matrix, list, state machine and recursion on integers; a round is 2.9 million instructions. */
#include "bench.h"
#include "random.h"

#define WORDS 4096u
#define MATRIX 48u

static u32 words[WORDS];
static u8 bytes[16384];
static u32 left[MATRIX][MATRIX], right[MATRIX][MATRIX];
static struct node {
  struct node *next;
  u32 value;
} nodes[WORDS];

static u32 crc(void) {
  u32 value = ~0u;
  for (u32 i = 0; i < sizeof(bytes); i++) {
    value ^= bytes[i];
    for (u32 bit = 0; bit < 8; bit++) value = (value >> 1) ^ (0xedb88320u & -(value & 1));
  }
  return ~value;
}

static u32 sort(void) {
  for (u32 i = 0; i < WORDS; i++) words[i] = random_next();
  for (u32 gap = WORDS / 2; gap; gap /= 2) {
    for (u32 i = gap; i < WORDS; i++) {
      u32 value = words[i], at = i;
      for (; at >= gap && words[at - gap] > value; at -= gap) words[at] = words[at - gap];
      words[at] = value;
    }
  }
  return words[0] ^ words[WORDS / 2] ^ words[WORDS - 1];
}

static u32 matrix(void) {
  u32 trace = 0;
  for (u32 i = 0; i < MATRIX; i++) {
    for (u32 j = 0; j < MATRIX; j++) {
      u32 sum = 0;
      for (u32 k = 0; k < MATRIX; k++) sum += left[i][k] * right[k][j];
      trace = trace * 31 + sum;
    }
  }
  return trace;
}

static u32 list(void) {
  u32 sum = 0;
  for (u32 pass = 0; pass < 8; pass++) {
    for (struct node *n = &nodes[0]; n; n = n->next) sum = sum * 3 + n->value;
  }
  return sum;
}

static u32 state_machine(void) {
  u32 state = 0, counts[5] = {0};
  for (u32 i = 0; i < sizeof(bytes); i++) {
    u8 c = bytes[i];
    switch (state) {
      case 0: state = c < 64 ? 1 : c < 128 ? 2 : 0; break;
      case 1: state = c & 1 ? 3 : 1; break;
      case 2: state = c & 2 ? 4 : 0; break;
      case 3: state = c > 200 ? 0 : 2; break;
      default: state = c & 8 ? 1 : 3; break;
    }
    counts[state]++;
  }
  return counts[0] + 3 * counts[1] + 5 * counts[2] + 7 * counts[3] + 11 * counts[4];
}

static __attribute__((noinline)) u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static void fill(void) {
  random_seed(0x12345678);
  for (u32 i = 0; i < sizeof(bytes); i++) bytes[i] = (u8)random_next();
  for (u32 i = 0; i < MATRIX * MATRIX; i++) {
    left[i / MATRIX][i % MATRIX] = random_next();
    right[i / MATRIX][i % MATRIX] = random_next();
  }
  /* One chain through all nodes with a step that jumps about: 1021 is odd, so it visits each. */
  for (u32 i = 0, at = 0; i < WORDS; i++) {
    u32 next = (at + 1021) % WORDS;
    nodes[at] = (struct node){.next = i + 1 < WORDS ? &nodes[next] : NULL, .value = i};
    at = next;
  }
}

static u64 mix(u64 rounds) {
  u32 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    sum = sum * 33 + crc();
    sum = sum * 33 + sort();
    sum = sum * 33 + matrix();
    sum = sum * 33 + list();
    sum = sum * 33 + state_machine();
    sum = sum * 33 + fibonacci(20);
  }
  return sum;
}

static const struct kernel kernels[] = {{"integer", 100, fill, mix}};

int main(void) {
  mmu_on();
  return BENCH_MAIN(kernels);
}

/* bench/memory: a pointer chase and a copy over 64 MiB, strings and bytes in 64 KiB. */
#include "bench.h"

#define NODES 0x100000u /* of 64 bytes: the whole room */
#define HALF (ROOM_SIZE / 2)
#define TEXT 0x10000u

static struct node {
  struct node *next;
  u64 value, unused[6];
} *const nodes = (struct node *)ROOM;
static u8 text[TEXT], copy[TEXT];

/* One chain through all nodes, in the order of a linear congruential generator of full period. */
static void fill_chain(void) {
  for (u32 i = 0, at = 0; i < NODES; i++) {
    u32 next = (at * 1664525u + 1013904223u) % NODES;
    nodes[at].next = &nodes[next];
    nodes[at].value = i;
    at = next;
  }
}

/* A round is 1,048,576 steps. */
static u64 chase(u64 rounds) {
  u64 sum = 0;
  const struct node *node = nodes;
  for (u64 step = rounds * NODES; step; step--) {
    sum = sum * 3 + node->value;
    node = node->next;
  }
  return sum;
}

static void fill_words(void) {
  u64 *words = (u64 *)ROOM;
  for (u64 i = 0; i < HALF / 8; i++) words[i] = i * 0x9e3779b97f4a7c15ull;
}

/* A round copies 32 MiB to the 32 MiB after them. */
static u64 copy_words(u64 rounds) {
  u64 sum = 0;
  u64 *words = (u64 *)ROOM;
  for (u64 round = 0; round < rounds; round++) {
    const u64 *from = words;
    u64 *to = words + HALF / 8;
    words[round] ^= round;
    for (u64 i = 0; i < HALF / 8; i += 4) {
      u64 a = from[i], b = from[i + 1], c = from[i + 2], d = from[i + 3];
      to[i] = a;
      to[i + 1] = b;
      to[i + 2] = c;
      to[i + 3] = d;
    }
    for (u64 i = 0; i < HALF / 8; i += 4096) sum = sum * 33 + to[i + (round + 1) % 4096];
  }
  return sum;
}

static void fill_text(void) {
  u32 state = 0x12345678;
  for (u32 i = 0; i < TEXT - 1; i++) {
    state = state * 1664525u + 1013904223u;
    text[i] = (u8)(32 + (state >> 24) % 95);
  }
  text[TEXT - 1] = 0;
}

static u32 length(const u8 *string) {
  const u8 *end = string;
  while (*end) end++;
  return (u32)(end - string);
}

static u32 words_of(const u8 *string) {
  u32 words = 0;
  bool inside = false;
  for (; *string; string++) {
    bool letter = (u8)((*string | 32) - 'a') < 26;
    words += letter && !inside;
    inside = letter;
  }
  return words;
}

/* A round measures, copies in upper case, compares, counts words, reverses and hashes 64 KiB of text. */
static u64 strings(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    u32 bytes = length(text), equal = 0;
    for (u32 i = 0; i <= bytes; i++) copy[i] = (u8)(text[i] - 'a') < 26 ? text[i] & ~32 : text[i];
    for (u32 i = 0; i < bytes; i++) equal += text[i] == copy[i];
    for (u32 i = 0, j = bytes - 1; i < j; i++, j--) {
      u8 first = text[i];
      text[i] = text[j];
      text[j] = first;
    }
    sum = sum * 33 + words_of(copy) + equal;
    for (u32 i = 0; i < bytes; i++) sum = (sum ^ text[i]) * 0x100000001b3ull;
  }
  return sum;
}

static const struct kernel kernels[] = {
    {"chase", 1, fill_chain, chase}, {"copy", 1, fill_words, copy_words}, {"strings", 4, fill_text, strings}};

int main(void) {
  mmu_on();
  return BENCH_MAIN(kernels);
}

/* bench/crypto: the instructions of FEAT_AES, FEAT_SHA1, FEAT_SHA256 and FEAT_PMULL. A round is 16 KiB. */
#include "bench.h"

#define BLOCKS 1024u
#define AES_ROUNDS 10u
#define CRYPTO ".arch_extension crypto\n\t"

typedef u32 vector __attribute__((vector_size(16)));

static vector blocks[BLOCKS], keys[16];

static void fill(void) {
  u32 state = 0x12345678;
  for (u32 i = 0; i < BLOCKS + 16; i++) {
    vector *to = i < BLOCKS ? &blocks[i] : &keys[i - BLOCKS];
    for (u32 lane = 0; lane < 4; lane++) (*to)[lane] = state = state * 1664525u + 1013904223u;
  }
}

static u64 fold(vector v) { return (((u64)v[0] << 32) | v[1]) ^ (((u64)v[2] << 32) | v[3]) * 33; }

/* AES-128 with given round keys, in chained blocks. */
static u64 aes(u64 rounds) {
  vector state = {0};
  for (u64 block = 0; block < rounds * BLOCKS; block++) {
    state ^= blocks[block % BLOCKS];
    for (u32 round = 0; round < AES_ROUNDS - 1; round++) {
      __asm__(CRYPTO "aese %0.16b, %1.16b\n\taesmc %0.16b, %0.16b" : "+w"(state) : "w"(keys[round]));
    }
    __asm__(CRYPTO "aese %0.16b, %1.16b" : "+w"(state) : "w"(keys[AES_ROUNDS - 1]));
    state ^= keys[AES_ROUNDS];
  }
  return fold(state);
}

/* SHA-256's rounds and message schedule, with `keys` for its constants. */
static u64 sha256(u64 rounds) {
  vector abcd = keys[0], efgh = keys[1];
  for (u64 chunk = 0; chunk < rounds * BLOCKS / 4; chunk++) {
    vector w[4], a = abcd, e = efgh;
    for (u32 i = 0; i < 4; i++) w[i] = blocks[(chunk * 4 + i) % BLOCKS];
    for (u32 step = 0; step < 16; step++) {
      vector mixed = w[step % 4] + keys[step], before = abcd;
      __asm__(CRYPTO "sha256h %q0, %q1, %2.4s" : "+w"(abcd) : "w"(efgh), "w"(mixed));
      __asm__(CRYPTO "sha256h2 %q0, %q1, %2.4s" : "+w"(efgh) : "w"(before), "w"(mixed));
      __asm__(CRYPTO "sha256su0 %0.4s, %1.4s" : "+w"(w[step % 4]) : "w"(w[(step + 1) % 4]));
      __asm__(CRYPTO "sha256su1 %0.4s, %1.4s, %2.4s"
              : "+w"(w[step % 4])
              : "w"(w[(step + 2) % 4]), "w"(w[(step + 3) % 4]));
    }
    abcd += a;
    efgh += e;
  }
  return fold(abcd ^ efgh);
}

/* SHA-1's rounds and message schedule, of one of its three functions after the other. */
static u64 sha1(u64 rounds) {
  vector abcd = keys[2];
  u32 e = keys[3][0];
  for (u64 chunk = 0; chunk < rounds * BLOCKS / 4; chunk++) {
    vector w[4];
    for (u32 i = 0; i < 4; i++) w[i] = blocks[(chunk * 4 + i) % BLOCKS];
    for (u32 step = 0; step < 20; step++) {
      vector mixed = w[step % 4] + keys[step / 5];
      u32 next;
      __asm__(CRYPTO "sha1h %s0, %s1" : "=w"(next) : "w"(abcd[0]));
      switch (step / 5) {
        case 0: __asm__(CRYPTO "sha1c %q0, %s1, %2.4s" : "+w"(abcd) : "w"(e), "w"(mixed)); break;
        case 2: __asm__(CRYPTO "sha1m %q0, %s1, %2.4s" : "+w"(abcd) : "w"(e), "w"(mixed)); break;
        default: __asm__(CRYPTO "sha1p %q0, %s1, %2.4s" : "+w"(abcd) : "w"(e), "w"(mixed)); break;
      }
      e = next;
      __asm__(CRYPTO "sha1su0 %0.4s, %1.4s, %2.4s"
              : "+w"(w[step % 4])
              : "w"(w[(step + 1) % 4]), "w"(w[(step + 2) % 4]));
      __asm__(CRYPTO "sha1su1 %0.4s, %1.4s" : "+w"(w[step % 4]) : "w"(w[(step + 3) % 4]));
    }
  }
  return fold(abcd) ^ e;
}

/* Carry-less products as GHASH makes them, without the reduction. */
static u64 pmull(u64 rounds) {
  vector state = keys[4];
  for (u64 block = 0; block < rounds * BLOCKS; block++) {
    vector low, high;
    state ^= blocks[block % BLOCKS];
    __asm__(CRYPTO "pmull %0.1q, %1.1d, %2.1d" : "=w"(low) : "w"(state), "w"(keys[5]));
    __asm__(CRYPTO "pmull2 %0.1q, %1.2d, %2.2d" : "=w"(high) : "w"(state), "w"(keys[5]));
    state = low ^ high;
  }
  return fold(state);
}

static const struct kernel kernels[] = {
    {"aes", 4, fill, aes}, {"sha1", 4, fill, sha1}, {"sha256", 4, fill, sha256}, {"pmull", 4, fill, pmull}};

int main(void) {
  mmu_on();
  return BENCH_MAIN(kernels);
}

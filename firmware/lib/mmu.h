/* Translation tables of both stages, and turning stage 1 on and off (DDI 0487, "VMSAv8-64 translation table format"). */
#pragma once

#include "types.h"

#define PAGE_SIZE 0x1000ull
#define BLOCK_2M 0x200000ull
#define BLOCK_1G 0x40000000ull

/* Descriptor bits of both stages. */
#define PTE_VALID 0x1ull
#define PTE_TABLE_OR_PAGE 0x2ull
#define PTE_ADDRESS 0x0000fffffffff000ull
#define PTE_SH_INNER (3ull << 8)
#define PTE_AF (1ull << 10)
#define PTE_CONTIGUOUS (1ull << 52)

/* Stage 1. Attribute indices are those of MAIR_VALUE. */
#define S1_NORMAL ((0ull << 2) | PTE_SH_INNER | PTE_AF)
#define S1_DEVICE ((1ull << 2) | PTE_AF)
#define S1_NORMAL_NC ((2ull << 2) | PTE_AF)
#define S1_AP_EL0 (1ull << 6) /* AP[1]: EL0 may access; RES1 in the EL2 regime */
#define S1_AP_RO (1ull << 7)  /* AP[2] */
#define S1_NG (1ull << 11)
#define S1_PXN (1ull << 53)
#define S1_UXN (1ull << 54) /* XN in the EL2 regime */
#define S1_TABLE_PXN (1ull << 59)
#define S1_TABLE_UXN (1ull << 60)
#define S1_TABLE_RO (1ull << 62)

/* MAIR_ELx: 0 Normal write-back, 1 Device-nGnRnE, 2 Normal non-cacheable. */
#define MAIR_VALUE 0x4400ffull

/* Stage 2. */
#define S2_NORMAL ((0xfull << 2) | PTE_SH_INNER | PTE_AF)
#define S2_DEVICE ((0x1ull << 2) | PTE_AF)
#define S2_READ (1ull << 6)
#define S2_WRITE (2ull << 6)
#define S2_XN (1ull << 54)

/* TCR_EL1, TCR_EL2 and VTCR_EL2: inner shareable write-back walks. */
#define TCR_T0SZ(bits) (64ull - (bits))
#define TCR_T1SZ(bits) ((64ull - (bits)) << 16)
#define TCR_WALK0 0x3500ull
#define TCR_WALK1_ATTRIBUTES 0x35000000ull
#define TCR_WALK1 (TCR_WALK1_ATTRIBUTES | 2ull << 30) /* TG1 = 4K too */
#define TCR_EPD0 (1ull << 7)
#define TCR_EPD1 (1ull << 23)
#define TCR_IPS_32 (0ull << 32)
#define TCR_IPS_40 (2ull << 32)
#define TCR_TBI0 (1ull << 37)
#define TCR_EL2_RES1 0x80800000ull
#define TCR_EL2_PS_40 (2ull << 16)
#define VTCR_RES1 0x80000000ull

struct page_table {
  u64 *root;
  u32 start_level;
  u32 input_bits; /* size of the input address; higher bits are ignored */
  u32 page_bits;  /* 12, 14 or 16: the granule */
};

/* Take the memory of tables from [start, start + size) from now on, instead of the pool in this image. */
void table_pool(u64 start, u64 size);

/* Zeroed memory for tables, a power of two in bytes, aligned to its size. Ends the guest when the pool is empty. */
u64 *table_memory(u64 bytes);

/* An empty table; it is larger than a granule where `input_bits` need concatenated tables at the start level. */
struct page_table table_new(u32 page_bits, u32 start_level, u32 input_bits);

/* An empty stage-1 table for `input_bits` of VA, with the 4K granule or any. */
struct page_table stage1_table(u32 input_bits);
struct page_table stage1_table_of(u32 page_bits, u32 input_bits);

/* log2 of the bytes that an entry of `level` maps. */
u32 table_level_shift(const struct page_table *table, u32 level);

/* The descriptor of `address` at `level`, making the tables above it. Ends the guest where a block is in the way. */
u64 *table_entry(const struct page_table *table, u64 address, u32 level);

/* The level at which a walk of `address` meets its first empty descriptor; 4 when it meets none. */
u32 table_fault_level(const struct page_table *table, u64 address);

/* Map [address, address + size) with leaves of one level (4K granule: 1: 1 GiB, 2: 2 MiB, 3: 4 KiB). */
void table_map(const struct page_table *table, u32 level, u64 address, u64 output, u64 size, u64 attributes);

/* A leaf descriptor for `level`. */
u64 table_leaf(u32 level, u64 output, u64 attributes);

/* Identity-map this image by pages, code read-only and data never executed, and the UART, in an EL1&0 table. */
void map_image_el1(const struct page_table *table);

/* Identity-map this image for EL1, writable and executable, and the UART, with pages of any granule. */
void map_image_whole(const struct page_table *table);

/* map_image_el1() for an EL2 table. */
void map_image_el2(const struct page_table *table);

/* Turn EL1&0 stage 1 on, with `sctlr` bits added to M, C and I. */
void mmu_on_el1(u64 ttbr0, u64 ttbr1, u64 tcr, u64 sctlr);
void mmu_off_el1(void);

/* Turn EL2 stage 1 on or off. */
void mmu_on_el2(const struct page_table *table);
void mmu_off_el2(void);

/* An empty stage-2 table for 40 bits of IPA: two concatenated level-1 tables. */
struct page_table stage2_table(void);

/* Identity-map this image by pages in a stage-2 table; the UART is left out. */
void map_image_stage2(const struct page_table *table);

/* VTCR_EL2 for tables of a granule with this start level and size of IPA, outputs of the CPU's physical size. */
u64 vtcr_value(u32 page_bits, u32 start_level, u32 input_bits);

/* Turn stage 2 on under a VMID, with HCR_EL2 = RW, VM and `hcr`; no TLB maintenance. */
void stage2_on(const struct page_table *table, u32 vmid, u64 hcr);
void stage2_off(void);

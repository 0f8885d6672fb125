/* asid: 300 address spaces share 255 ASIDs; each must always find its own pages. */
#include "allocator.h"
#include "check.h"
#include "console.h"
#include "sysreg.h"
#include "trap.h"

#define SPACES 300u
#define PAGES 4u
#define FRAMES 0x42000000ull
#define TABLES 0x44000000ull
#define TABLES_SIZE 0x1000000ull
#define RAM_GIB 0x40000000ull
#define PRIVATE_VA 0x80000000ull
#define VALUE(space, page) (0xa51d000000000000ull | (u64)(space) << 8 | (page))
#define PRIVATE (S1_NORMAL | S1_NG | S1_PXN | S1_UXN)
#define TCR_A1 BIT(22)

static struct space spaces[SPACES];

static u64 frame(u32 space, u32 page) { return FRAMES + ((u64)space * PAGES + page) * PAGE_SIZE; }

static volatile u64 *private(u32 page) { return (volatile u64 *)(PRIVATE_VA + page * PAGE_SIZE); }

/* Spaces share the tables of the image, whose pages are global; the private pages are not (nG). */
static void make_spaces(void) {
  struct page_table image = stage1_table(39);
  map_image_el1(&image);
  table_pool(TABLES, TABLES_SIZE);
  for (u32 n = 0; n < SPACES; n++) {
    spaces[n].table = stage1_table(39);
    *table_entry(&spaces[n].table, RAM_GIB, 1) = *table_entry(&image, RAM_GIB, 1);
    *table_entry(&spaces[n].table, 0, 1) = *table_entry(&image, 0, 1); /* UART */
    for (u32 page = 0; page < PAGES; page++) {
      *(volatile u64 *)frame(n, page) = VALUE(n, page);
      table_map(&spaces[n].table, 3, (u64)private(page), frame(n, page), PAGE_SIZE, PRIVATE);
    }
  }
}

/* Switch to a space, count the pages that are another's, and leave a mark behind each value. */
static u32 visit(u32 n, u64 mark) {
  u32 wrong = 0;
  space_switch(&spaces[n]);
  for (u32 page = 0; page < PAGES; page++) {
    wrong += private(page)[0] != VALUE(n, page);
    private(page)[1] = VALUE(n, page) ^ mark;
  }
  return wrong;
}

static u32 wrong_marks(u64 mark) {
  u32 wrong = 0;
  for (u32 n = 0; n < SPACES; n++) {
    space_switch(&spaces[n]);
    for (u32 page = 0; page < PAGES; page++) wrong += private(page)[1] != (VALUE(n, page) ^ mark);
  }
  return wrong;
}

/*
 * Each roll-over gives the first ASID to a new space while the TLB is full of its last owner: before every visit, that
 * owner's pages are read once more.
 */
static u32 visit_with_owner_of_first(u64 mark) {
  u32 wrong = 0, owner = 0;
  for (u32 step = 0; step < 3 * SPACES; step++) {
    u32 n = step % SPACES;
    wrong += visit(owner, mark) + visit(n, mark);
    if (spaces[n].asid % ASID_COUNT == RESERVED_ASID + 1) owner = n;
  }
  return wrong;
}

static u64 test(u64 unused) {
  (void)unused;
  make_spaces();
  mmu_on_el1((u64)spaces[0].table.root, 0,
             TCR_WALK0 | TCR_T0SZ(39) | TCR_WALK1 | TCR_T1SZ(39) | TCR_EPD1 | TCR_A1 | TCR_IPS_40, 0);
  u32 wrong = 0;
  for (u32 n = 0; n < SPACES; n++) wrong += visit(n, 1);
  check_equal("in order", wrong, 0);
  check_equal("roll-over", roll_overs, 1);
  wrong = 0;
  for (u32 n = SPACES; n-- > 0;) wrong += visit(n, 2);
  check_equal("backwards", wrong, 0);
  check_equal("writes", wrong_marks(2), 0);
  wrong = 0;
  for (u32 step = 0; step < 4 * SPACES; step++) wrong += visit(step * 197 % SPACES, 3);
  check_equal("by leaps", wrong, 0);
  check_equal("writes", wrong_marks(3), 0);
  wrong = 0;
  for (u32 step = 0; step < 1000; step++) wrong += visit(step % 7 ? step % 2 : step % SPACES, 4);
  check_equal("two in turn among others", wrong, 0);
  check_equal("after the last owner of the ASID", visit_with_owner_of_first(5), 0);
  mmu_off_el1();
  wrong = 0;
  for (u32 n = 0; n < SPACES; n++) {
    for (u32 page = 0; page < PAGES; page++) wrong += *(volatile u64 *)frame(n, page) != VALUE(n, page);
  }
  check_equal("frames", wrong, 0);
  print("roll-overs: %u\n", roll_overs);
  return 0;
}

int main(void) {
  if (current_el() == 2) {
    run_lower(test, 0, PSR_DAIF | PSR_EL1H);
  } else {
    test(0);
  }
  return check_summary("asid");
}

/* tlbi: the operations, and what each must remove (DDI 0487, "Scope of the A64 TLB maintenance instructions"). */
#include "operations.h"

#include "sysreg.h"

#define WITH_ARGUMENT(name)                                              \
  static void name(u64 argument) { SYS_OP_X("tlbi " #name, argument); }  \
  static void name##is(u64 argument) { SYS_OP_X("tlbi " #name "is", argument); }
#define WITHOUT_ARGUMENT(name)                  \
  static void name(u64 argument) {              \
    (void)argument;                             \
    SYS_OP("tlbi " #name);                      \
  }                                             \
  static void name##is(u64 argument) {          \
    (void)argument;                             \
    SYS_OP("tlbi " #name "is");                 \
  }
#define BY_IPA(name)                            \
  static void name(u64 argument) {              \
    SYS_OP_X("tlbi " #name, argument);          \
    dsb();                                      \
    SYS_OP("tlbi vmalle1");                     \
  }                                             \
  static void name##is(u64 argument) {          \
    SYS_OP_X("tlbi " #name "is", argument);     \
    dsb();                                      \
    SYS_OP("tlbi vmalle1is");                   \
  }

WITH_ARGUMENT(vae1)
WITH_ARGUMENT(vale1)
WITH_ARGUMENT(vaae1)
WITH_ARGUMENT(vaale1)
WITH_ARGUMENT(aside1)
WITHOUT_ARGUMENT(vmalle1)
WITHOUT_ARGUMENT(vmalls12e1)
WITHOUT_ARGUMENT(alle1)
BY_IPA(ipas2e1)
BY_IPA(ipas2le1)

static bool of_vmid(u32 cell) { return CELL_VMID(cell) == 0; }
static bool of_asid(u32 cell) { return of_vmid(cell) && CELL_ASID(cell) == 0 && CELL_VA(cell) != G; }
static bool of_va_and_asid(u32 cell) { return of_asid(cell) && CELL_VA(cell) == X; }
static bool of_va(u32 cell) { return of_vmid(cell) && CELL_VA(cell) == X; }
static bool of_all(u32 cell) { return cell < CELLS; }

static bool of_global(u32 cell) { return of_vmid(cell) && CELL_VA(cell) == G; }

#define PAGE(va) (CELLS_VA(va) >> 12)
#define TAG(asid) ((u64)ASID(asid) << 48)
#define BOTH(name, argument, covers, last_level) \
  {#name, name, argument, covers, last_level}, { #name "is", name##is, argument, covers, last_level }

const struct operation operations[] = {
    BOTH(vae1, TAG(0) | PAGE(X), of_va_and_asid, false),
    BOTH(vale1, TAG(0) | PAGE(X), of_va_and_asid, true),
    BOTH(vaae1, PAGE(X), of_va, false),
    BOTH(vaale1, PAGE(X), of_va, true),
    BOTH(aside1, TAG(0), of_asid, false),
    BOTH(vmalle1, 0, of_vmid, false),
    BOTH(vmalls12e1, 0, of_vmid, false),
    BOTH(alle1, 0, of_all, false),
    {"vae1 of a global page, other ASID", vae1, TAG(5) | PAGE(G), of_global, true},
    {"vae1is of a global page, other ASID", vae1is, TAG(5) | PAGE(G), of_global, true},
};
const u32 operation_count = sizeof(operations) / sizeof(operations[0]);

const struct operation ipa_operations[] = {
    BOTH(ipas2e1, CELL0_IPA >> 12, of_va_and_asid, false),
    BOTH(ipas2le1, CELL0_IPA >> 12, of_va_and_asid, true),
};
const u32 ipa_operation_count = sizeof(ipa_operations) / sizeof(ipa_operations[0]);

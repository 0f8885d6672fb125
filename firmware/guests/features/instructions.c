/* features: instructions and what they compute. */
#include "check.h"
#include "console.h"
#include "features.h"
#include "sysreg.h"

#define UNDEFINED ESR(EC_UNKNOWN, 0)

struct instruction {
  const char *name;
  probe *run;
  u32 needs;  /* the least value of the field */
  u64 result; /* X0 afterwards, from WORD holding 7 */
};

static void test_feature(const char *feature, u32 field, const struct instruction *rows, u32 count) {
  check_section(feature);
  print("note %s: %u\n", feature, field);
  for (u32 n = 0; n < count; n++) {
    *(volatile u64 *)WORD = 7;
    u64 result = probe_run(rows[n].run, WORD);
    if (field < rows[n].needs) {
      check_equal(rows[n].name, last_trap.count ? last_trap.esr : 0, UNDEFINED);
    } else if (!check(rows[n].name, last_trap.count == 0 && result == rows[n].result)) {
      print("  %lu traps, got %lx, want %lx\n", last_trap.count, result, rows[n].result);
    }
  }
}

#define TEST(feature, field, ...)                                                       \
  do {                                                                                  \
    static const struct instruction rows[] = {__VA_ARGS__};                             \
    test_feature(feature, field, rows, sizeof(rows) / sizeof(rows[0]));                 \
  } while (0)

void test_instructions(void) {
  TEST("LSE", ID_FIELD(id_aa64isar0_el1, 20), {"LDADD", try_ldadd, 2, 7}, {"SWPAL", try_swp, 2, 7},
       {"CASAL", try_cas, 2, 7}, {"CASP", try_casp, 2, 7});
  TEST("PAN", ID_FIELD(id_aa64mmfr1_el1, 20), {"MSR immediate", try_pan_immediate, 1, WORD},
       {"MRS", try_pan_read, 1, 0});
  TEST("UAO", ID_FIELD(id_aa64mmfr2_el1, 4), {"MSR immediate", try_uao_immediate, 1, WORD},
       {"MRS", try_uao_read, 1, 0});
  TEST("LRCPC", ID_FIELD(id_aa64isar1_el1, 20), {"LDAPR", try_ldapr, 1, 7}, {"LDAPUR", try_ldapur, 2, 7});
  TEST("DPB", ID_FIELD(id_aa64isar1_el1, 0), {"DC CVAP", try_cvap, 1, WORD}, {"DC CVADP", try_cvadp, 2, WORD});
  TEST("FlagM", ID_FIELD(id_aa64isar0_el1, 52), {"CFINV", try_cfinv, 1, 0xa}, {"RMIF", try_rmif, 1, 0x1},
       {"SETF8", try_setf8, 1, 0x6}, {"SETF16", try_setf16, 1, 0x6}, {"AXFLAG", try_axflag, 2, 0x4},
       {"XAFLAG", try_xaflag, 2, 0x8});
  TEST("SB", ID_FIELD(id_aa64isar1_el1, 36), {"SB", try_sb, 1, WORD});
  TEST("SSBS", ID_FIELD(id_aa64pfr1_el1, 4), {"MSR immediate", try_ssbs_immediate, 2, WORD},
       {"MRS", try_ssbs_read, 2, 0});
}

/* What PAN, UAO and SSBS do. */
void test_access_control(void) {
  check_section("effect");
  *(volatile u64 *)WORD = 11;
  *(volatile u64 *)EL0_WORD = 12;
  if (ID_FIELD(id_aa64mmfr1_el1, 20)) {
    probe_run(read_under_pan, EL0_WORD);
    check_fault("PAN: EL1 reads EL0's memory", ESR(EC_DABT_SAME, FSC_PERMISSION(3)), EL0_WORD);
    check("PAN: LDTR", probe_run(read_unprivileged_under_pan, EL0_WORD) == 12 && last_trap.count == 0);
  }
  check("EL1 reads EL0's memory", probe_run(probe_read, EL0_WORD) == 12 && last_trap.count == 0);
  probe_run(read_unprivileged, WORD);
  check_fault("LDTR of EL1's memory", ESR(EC_DABT_SAME, FSC_PERMISSION(3)), WORD);
  if (ID_FIELD(id_aa64mmfr2_el1, 4)) {
    check("UAO: LDTR of EL1's memory", probe_run(read_unprivileged_under_uao, WORD) == 11 && last_trap.count == 0);
  }
  if (ID_FIELD(id_aa64pfr1_el1, 4) >= 2) {
    probe_run(ssbs_on, 0);
    check_equal("SSBS", probe_run(try_ssbs_read, 0), BIT(12));
    probe_run(try_ssbs_immediate, 0);
  }
}

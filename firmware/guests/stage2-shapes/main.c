/* stage2-shapes: stage-2 tables in each granule of the CPU, of each start level and number of concatenated tables. */
#include "check.h"
#include "console.h"
#include "shapes.h"
#include "sysreg.h"

int main(void) {
  if (current_el() != 2) {
    print("stage2-shapes needs EL2\n");
    return 1;
  }
  static const char *const high[GRANULES] = {"4K high memory", "16K high memory", "64K high memory"};
  for (u32 n = 0; n < GRANULES; n++) {
    if (!granule_implemented(&granules[n])) continue;
    check_section(granules[n].name);
    test_sizes(&granules[n]);
    check_section(high[n]);
    test_high_memory(&granules[n]);
  }
  check_section("");
  return check_summary("stage2-shapes");
}

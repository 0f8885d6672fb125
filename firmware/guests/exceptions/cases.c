/* The runner of cases. */
#include "cases.h"

#include "check.h"
#include "console.h"
#include "sysreg.h"
#include "trap.h"

#define NZCV_OF_PROBES 0x60000000ull

static bool field(const char *name, u64 got, u64 want) {
  if (got == want) return true;
  print("  %s: got %lx, want %lx\n", name, got, want);
  return false;
}

/* SPSR.M and IL of the exception: an illegal return stays at its level with IL set. */
static u64 expected_spsr(const struct route *route, const struct trap_case *c) {
  u64 il = ESR_EC(c->esr) == EC_ILLEGAL_STATE ? PSR_IL : 0;
  return NZCV_OF_PROBES | PSR_DAIF | il | route->from_mode;
}

static u64 expected_esr(const struct route *route, const struct trap_case *c) {
  u32 ec = ESR_EC(c->esr);
  bool lower = route->vector == VECTOR_LOWER_SYNC && (ec == EC_DABT_SAME || ec == EC_IABT_SAME);
  return lower ? c->esr - (ESR(EC_DABT_SAME, 0) - ESR(EC_DABT_LOWER, 0)) : c->esr;
}

static u64 expected_elr(const struct trap_case *c) {
  switch (c->elr) {
    case ELR_ARGUMENT: return c->argument;
    case ELR_NEXT: return last_trap.at + 4;
    default: return last_trap.at;
  }
}

/* QEMU sets ISV for stage-1 aborts that EL2 takes from itself; the manual keeps it for stage-2 aborts. */
static bool has_stray_isv(u64 got, u64 want) {
  u64 instruction_syndrome = ISS_ISV | (0x3ffull << 14);
  return ESR_EC(got) == EC_DABT_SAME && (got & ISS_ISV) && (got & ~instruction_syndrome) == want;
}

static void check_case(const struct route *route, const struct trap_case *c) {
  const struct trap_record *t = &last_trap;
  u64 esr = expected_esr(route, c);
  if (t->count == 1 && ((c->known_esr && t->esr == c->known_esr) || has_stray_isv(t->esr, esr))) {
    check_skip(c->name, "this machine's ESR is known to be wrong");
    return;
  }
  bool good = field("traps", t->count, 1);
  if (good) {
    good &= field("level", t->el, route->to);
    good &= field("vector", t->vector, route->vector);
    good &= field("esr", t->esr, esr);
    good &= field("elr", t->elr, expected_elr(c));
    good &= field("spsr", t->spsr, expected_spsr(route, c));
    if (c->has_far) good &= field("far", t->far, c->far);
  }
  check(c->name, good);
}

static void run_case(const struct route *route, const struct trap_case *c) {
  if (c->hcr) {
    WRITE_SYSREG_SYNC(hcr_el2, HCR_RW | c->hcr);
    if ((READ_SYSREG(hcr_el2) & c->hcr) != c->hcr) {
      check_skip(c->name, "the trap bit is not there");
      return;
    }
  }
  bool lower = route->vector == VECTOR_LOWER_SYNC;
  if (lower) {
    probe_run_lower(c->run, c->argument, PSR_DAIF | route->from_mode);
  } else {
    probe_run(c->run, c->argument);
  }
  if (c->hcr) WRITE_SYSREG_SYNC(hcr_el2, HCR_RW);
  if (c->may_pass && last_trap.count == 0) {
    check_skip(c->name, "this machine lets it pass");
  } else {
    check_case(route, c);
  }
}

void run_cases(const struct route *route, const struct trap_case *cases, u32 count) {
  check_section(route->name);
  for (u32 i = 0; i < count; i++) run_case(route, &cases[i]);
}

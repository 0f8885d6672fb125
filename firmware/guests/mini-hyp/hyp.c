/* mini-hyp: the exit handlers. */
#include "hyp.h"

#include "check.h"
#include "console.h"
#include "exit.h"
#include "sysreg.h"
#include "trap.h"

#define FRAMES 0x43000000ull
#define ISS_DFSC(esr) ((u32)(esr) & 0x3f)
#define ISS_SRT(esr) ((u32)((esr) >> 16) & 31)
#define ISS_SAS(esr) ((u32)((esr) >> 22) & 3)
#define ISS_SSE(esr) ((esr) & BIT(21))
#define ISS_SF(esr) ((esr) & BIT(15))
/* ISS of a trapped access to CONTEXTIDR_EL1, with Rt cleared. */
#define CONTEXTIDR_WRITE ISS_SYSREG(3, 0, 13, 0, 1, 0, 0)

struct exits exits;
u64 next_frame_value;

static const struct vm *running;
static u64 next_frame = FRAMES;
static u8 device[DEVICE_SIZE];

u64 frame_new(u64 value) {
  u64 frame = next_frame;
  next_frame += PAGE_SIZE;
  *(volatile u64 *)frame = value;
  return frame;
}

struct vm vm_create(u32 vmid) {
  struct vm vm = {.stage2 = stage2_table(), .vmid = vmid};
  map_image_stage2(&vm.stage2);
  return vm;
}

u64 vm_run(const struct vm *vm, u64 (*guest)(u64), u64 argument, u64 hcr) {
  running = vm;
  stage2_on(&vm->stage2, vm->vmid, hcr);
  return run_lower(guest, argument, PSR_DAIF | PSR_EL1H);
}

static _Noreturn void unexpected_exit(const char *what, const struct trap_frame *f) {
  print("%s: esr %lx, far %lx, hpfar %lx, elr %lx\n", what, f->esr, f->far, f->hpfar, f->elr);
  guest_exit(99);
}

static void guest_write(struct trap_frame *frame, u32 reg, u64 value) {
  if (reg != 31) frame->x[reg] = value;
}

static u64 guest_read(const struct trap_frame *frame, u32 reg) { return reg == 31 ? 0 : frame->x[reg]; }

/* Emulate a load or store by its syndrome (DDI 0487, "ISS encoding for an exception from a Data Abort"). */
static void emulate_mmio(struct trap_frame *frame, u64 ipa) {
  u64 esr = frame->esr, value = 0;
  u32 offset = (u32)(ipa - DEVICE_IPA), size = 1u << ISS_SAS(esr), reg = ISS_SRT(esr);
  exits.mmio++;
  if (esr & ISS_WNR) {
    value = guest_read(frame, reg);
    for (u32 i = 0; i < size; i++) device[offset + i] = (u8)(value >> (8 * i));
  } else {
    for (u32 i = 0; i < size; i++) value |= (u64)device[offset + i] << (8 * i);
    u32 unused = 64 - 8 * size;
    if (ISS_SSE(esr)) value = (u64)((i64)(value << unused) >> unused);
    guest_write(frame, reg, ISS_SF(esr) ? value : (u32)value);
  }
  frame->elr += 4;
}

static void map_on_demand(u64 ipa) {
  u64 frame = frame_new(next_frame_value);
  table_map(&running->stage2, 3, ipa & ~(PAGE_SIZE - 1), frame, PAGE_SIZE, S2_NORMAL | S2_READ | S2_WRITE);
  dsb();
}

/* A guest's table that lies outside memory: bring it, with one block descriptor that maps TABLE_VA to DEMAND_IPA. */
static void map_guest_table(u64 ipa) {
  exits.walk++;
  u64 frame = frame_new(table_leaf(2, DEMAND_IPA, S1_NORMAL));
  table_map(&running->stage2, 3, ipa & ~(PAGE_SIZE - 1), frame, PAGE_SIZE, S2_NORMAL | S2_READ | S2_WRITE);
  dsb();
}

static bool is_demand(u64 ipa) {
  return (ipa >= DEMAND_IPA && ipa < DEMAND_IPA + DEMAND_SIZE) ||
         (ipa >= DEMAND_HIGH_IPA && ipa < DEMAND_HIGH_IPA + DEMAND_SIZE) ||
         (ipa >= SHARED_IPA && ipa < SHARED_IPA + PAGE_SIZE);
}

/* HPFAR_EL2 is UNKNOWN for permission faults: ask the guest's own stage 1. */
static u64 ipa_of_permission_fault(u64 far) {
  SYS_OP_X("at s1e1r", far);
  isb();
  return (READ_SYSREG(par_el1) & PTE_ADDRESS) | (far & (PAGE_SIZE - 1));
}

/* Allow more on a page: change its descriptor, then forget the IPA's translations. */
static void relax(u64 ipa, u64 clear, u64 set) {
  u64 *entry = table_entry(&running->stage2, ipa, 3);
  *entry = (*entry & ~clear) | set;
  dsb();
  SYS_OP_X("tlbi ipas2e1is", ipa >> 12);
  dsb();
  SYS_OP("tlbi vmalle1is");
  dsb();
  isb();
}

static void translation_fault(struct trap_frame *frame, u64 ipa) {
  if (ipa >= DEVICE_IPA && ipa < DEVICE_IPA + DEVICE_SIZE) {
    if (frame->esr & ISS_ISV) {
      emulate_mmio(frame, ipa);
    } else {
      exits.no_syndrome++;
      frame->elr += 4;
    }
  } else if (ipa >= BEYOND_IPA) {
    exits.beyond++;
    frame->elr += 4;
  } else if (is_demand(ipa)) {
    exits.translation++;
    map_on_demand(ipa);
  } else {
    unexpected_exit("stage-2 fault at a strange IPA", frame);
  }
}

static void stage2_abort(struct trap_frame *frame) {
  u64 ipa = (frame->hpfar << 8) | (frame->far & (PAGE_SIZE - 1));
  exits.esr = frame->esr;
  exits.far = frame->far;
  exits.hpfar = frame->hpfar;
  if (frame->esr & ISS_S1PTW) {
    map_guest_table(ipa);
    return;
  }
  switch (ISS_DFSC(frame->esr) & ~3u) {
    case FSC_TRANSLATION(0): translation_fault(frame, ipa); break;
    case FSC_ACCESS_FLAG(0):
      exits.access_flag++;
      relax(ipa, 0, PTE_AF);
      break;
    case FSC_PERMISSION(0):
      exits.permission++;
      ipa = ipa_of_permission_fault(frame->far);
      if (ESR_EC(frame->esr) == EC_IABT_LOWER) {
        relax(ipa, S2_XN, 0);
      } else {
        relax(ipa, 0, S2_WRITE);
      }
      break;
    default: unexpected_exit("stage-2 fault of a strange kind", frame);
  }
}

/* A guest's hypercall: the sum of X0 and the immediate. */
static void hypercall(struct trap_frame *frame) {
  exits.hvc++;
  frame->x[0] += frame->esr & 0xffff;
}

/* HCR_EL2.TVM traps writes of EL1's memory registers: do the one that the guest makes. */
static void trapped_write(struct trap_frame *frame) {
  u32 iss = (u32)frame->esr & 0x1ffffff, reg = (iss >> 5) & 31;
  exits.sysreg++;
  check_equal("trapped register", iss & ~(31u << 5), CONTEXTIDR_WRITE);
  WRITE_SYSREG(contextidr_el1, guest_read(frame, reg));
  frame->elr += 4;
}

static void handle_exit(struct trap_frame *frame) {
  switch (ESR_EC(frame->esr)) {
    case EC_HVC: hypercall(frame); break;
    case EC_DABT_LOWER: stage2_abort(frame); break;
    case EC_IABT_LOWER:
      exits.fetch++;
      stage2_abort(frame);
      break;
    case EC_WFX:
      exits.wfi++;
      frame->elr += 4;
      break;
    case EC_SYSREG: trapped_write(frame); break;
    default: unexpected_exit("exit of a strange class", frame);
  }
}

void exits_install(void) { trap_handlers[2][VECTOR_LOWER_SYNC] = handle_exit; }

/* The virtual GIC: timer interrupts that end a WFI, and a level-sensitive line that this program drives. */
#include "check.h"
#include "checks.h"
#include "guest.h"
#include "vm.h"

#define COUNT 1000
#define TICKS 2000
#define INTID 40

static struct vm vm;

static void drive(u32 level) {
  struct kvm_irq_level line = {{KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | INTID}, level};
  ioctl(vm.fd, KVM_IRQ_LINE, &line);
}

/* The guest asks for the interrupt at PORT + 8, and its handler shows the INTID at PORT. */
static void line_device(struct vcpu *vcpu, struct kvm_run *run) {
  (void)vcpu;
  if (run->mmio.phys_addr == PORT + 8) drive(1);
  else if (*(u64 *)run->mmio.data == INTID) drive(0);
}

void check_interrupts(void) {
  vm_create(&vm, 1, 1);
  u64 start = nanoseconds();
  check("timer", COUNT, call(&vm.vcpus[0], guest_timer, COUNT, TICKS, 0, 0));
  time_each("timer", start, COUNT);
  vm.vcpus[0].device = line_device;
  start = nanoseconds();
  check("line", COUNT, call(&vm.vcpus[0], guest_line, COUNT, INTID, 0, 0));
  time_each("line", start, COUNT);
  vm_destroy(&vm);
}

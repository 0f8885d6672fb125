/* Several vCPUs, each run by a process of its own: PSCI, exclusives, SGIs, SYSTEM_OFF. */
#include "check.h"
#include "checks.h"
#include "guest.h"
#include "vm.h"
#include <linux/sched.h>
#include <linux/signal.h>

#define ROUNDS 20000
#define STACK (64 * 1024)
#define BLOCK_1G_DEVICE 0x401ul
#define BLOCK_1G_NORMAL 0x705ul

static u8 stacks[MOST_VCPUS][STACK] __attribute__((aligned(16)));

/* A vCPU that is off stays in KVM_RUN until its process is killed. */
static void run_secondary(void *vcpu) {
  vcpu_run(vcpu);
  for (;;) syscall4(__NR_exit, 1, 0, 0, 0);
}

void check_cpus(void) {
  struct vm vm;
  long pids[MOST_VCPUS];
  vm_create(&vm, MOST_VCPUS, 1);
  u64 *table = (u64 *)(vm.ram + (TABLE - RAM));
  for (u64 i = 0; i < 4; i++) table[i] = i << 30 | (i < 2 ? BLOCK_1G_DEVICE : BLOCK_1G_NORMAL);
  for (u32 i = 1; i < MOST_VCPUS; i++) {
    long pid = spawn(CLONE_VM | CLONE_FILES | SIGCHLD, stacks[i] + STACK, run_secondary, &vm.vcpus[i]);
    pids[i] = must("clone", pid);
  }
  u64 start = nanoseconds();
  vcpu_enter(&vm.vcpus[0], guest_cpus, MOST_VCPUS, ROUNDS, 0, 0);
  check("system-off", KVM_EXIT_SYSTEM_EVENT, vcpu_run(&vm.vcpus[0]));
  time_each("vcpus", start, 1);
  check("system-off-type", KVM_SYSTEM_EVENT_SHUTDOWN, vm.vcpus[0].run->system_event.type);
  check("counter", MOST_VCPUS * ROUNDS, *(u64 *)(vm.ram + (COUNTER - RAM)));
  for (u32 i = 1; i < MOST_VCPUS; i++) {
    must("kill", syscall4(__NR_kill, pids[i], SIGKILL, 0, 0));
    must("wait4", syscall4(__NR_wait4, pids[i], 0, 0, 0));
  }
  vm_destroy(&vm);
}

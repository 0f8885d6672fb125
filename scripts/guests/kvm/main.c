/* Checks KVM from user space, as Linux's first process or from a shell; the status is the number of failures. */
#include "check.h"
#include "checks.h"
#include <linux/reboot.h>

int main(void) {
  int is_init = syscall4(__NR_getpid, 0, 0, 0, 0) == 1;
  if (is_init) {
    syscall6(__NR_mount, (u64) "dev", (u64) "/dev", (u64) "devtmpfs", 0, 0, 0);
    print("BOOT-OK\n");
  }
  check_exits();
  check_memory();
  check_dirty_log();
  check_interrupts();
  check_cpus();
  u64 failed = summary();
  if (is_init) syscall4(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
  return (int)failed;
}

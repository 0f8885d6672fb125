/* The dirty log names exactly the pages that were written since it was read last. */
#include "check.h"
#include "checks.h"
#include "guest.h"
#include "vm.h"

#define BYTES (8 * MIB)
#define PAGES (BYTES / PAGE)
#define EVERY 3

static u64 log[PAGES / 64];

/* How many pages the log has wrong, when every third from `first` on was written; 0 pages for no page at all. */
static u64 wrong_bits(struct vm *vm, u64 first, u64 pages) {
  struct kvm_dirty_log query = {.slot = 1, .dirty_bitmap = log};
  u64 wrong = 0;
  for (u64 i = 0; i < PAGES / 64; i++) log[i] = 0;
  ioctl(vm->fd, KVM_GET_DIRTY_LOG, &query);
  for (u64 page = 0; page < PAGES; page++) {
    u64 written = page % EVERY == first && page / EVERY < pages;
    wrong += (log[page / 64] >> page % 64 & 1) != written;
  }
  return wrong;
}

static void check_log(const char *written, const char *again, const char *data_kept, int blocks) {
  struct vm vm;
  u8 *data = memory(BYTES, blocks);
  vm_create(&vm, 1, 0);
  struct vcpu *vcpu = &vm.vcpus[0];
  vm_slot(&vm, 1, DATA, data, BYTES, 0);
  call(vcpu, guest_write, DATA, PAGE, PAGES, 1);
  vm_slot(&vm, 1, DATA, data, BYTES, KVM_MEM_LOG_DIRTY_PAGES);
  call(vcpu, guest_write, DATA, EVERY * PAGE, 600, 2);
  check(written, 0, wrong_bits(&vm, 0, 600));
  call(vcpu, guest_read, DATA, PAGE, PAGES, 0);
  call(vcpu, guest_write, DATA + PAGE, EVERY * PAGE, 500, 3);
  call(vcpu, guest_write, DATA + PAGE, EVERY * PAGE, 500, 3);
  check(again, 0, wrong_bits(&vm, 1, 500) + wrong_bits(&vm, 1, 0));
  u64 wrong = 0;
  for (u64 page = 0; page < PAGES; page++) {
    u64 seed = page % EVERY == 0 && page / EVERY < 600 ? 2 : page % EVERY == 1 && page / EVERY < 500 ? 3 : 1;
    wrong += *(u64 *)(data + page * PAGE) != DATA + page * PAGE + seed;
  }
  check(data_kept, 0, wrong);
  vm_destroy(&vm);
  syscall4(__NR_munmap, data, BYTES, 0, 0);
}

void check_dirty_log(void) {
  check_log("log-of-pages", "log-of-pages-again", "log-of-pages-data", 0);
  check_log("log-of-blocks", "log-of-blocks-again", "log-of-blocks-data", 1);
}

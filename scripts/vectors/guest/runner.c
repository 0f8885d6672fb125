/* Runs a batch of instruction tests from `batch.bin` and writes their final states to `results.bin` (semihosting). */

#include <stddef.h>
#include <stdint.h>
#include "layout.h"

enum { REGISTERS = 36, MAX_WORDS = 20 };

struct test {
    uint64_t registers[REGISTERS];
    uint64_t elr_el1, spsr_el1;
    uint64_t pstate;
    uint32_t count;
    uint32_t words[MAX_WORDS];
    uint32_t reserved;
};

struct difference {
    uint64_t offset;
    uint64_t value;
};

struct result {
    uint64_t registers[REGISTERS];
    uint64_t pc, pstate, esr, far;
    /* EL that took the exception; 0: none came in time. */
    uint32_t el;
    uint32_t differences;
};

struct header {
    uint64_t tests, regions;
    uint64_t code_start, filler;
    uint64_t window, window_bytes;
    uint64_t vectors;
    uint64_t hcr_el2, sctlr_el1, tcr_el1, ttbr0_el1, mair_el1, cpacr_el1;
};

struct region {
    uint64_t pa, bytes;
};

_Static_assert(offsetof(struct test, registers[31]) == REG_SP_EL0, "");
_Static_assert(offsetof(struct test, registers[33]) == REG_TPIDR_EL0, "");
_Static_assert(offsetof(struct test, registers[35]) == REG_TPIDR_EL1, "");
_Static_assert(offsetof(struct test, elr_el1) == TEST_ELR_EL1, "");
_Static_assert(offsetof(struct test, pstate) == TEST_PSTATE, "");
_Static_assert(sizeof(struct test) == 400, "");

#define BATCH ((uint8_t *)0x50000000)
#define BATCH_LIMIT 0x10000000ull
#define RESULTS ((uint8_t *)0x60000000)
#define GICD 0x08000000ull
#define GICC 0x08010000ull
#define CNTHP_INTID 26

enum { SYS_OPEN = 1, SYS_CLOSE = 2, SYS_WRITE = 5, SYS_READ = 6, SYS_FLEN = 0xc, SYS_EXIT = 0x18 };

uint64_t semihosting(uint64_t operation, const uint64_t *parameters);
uint64_t run(const struct test *test, struct result *result, uint64_t pc);

#define READ(name) ({ uint64_t value; __asm__ volatile("mrs %0, " #name : "=r"(value)); value; })
#define WRITE(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

_Noreturn void semihosting_exit(uint64_t code) {
    for (;;) semihosting(SYS_EXIT, (uint64_t[]){0x20026, code});
}

static void check(int holds, uint64_t code) {
    if (!holds) semihosting_exit(code);
}

static uint64_t open(const char *name, uint64_t length, uint64_t mode) {
    uint64_t handle = semihosting(SYS_OPEN, (uint64_t[]){(uint64_t)name, mode, length});
    check(handle != ~0ull, 2);
    return handle;
}

static void read_batch(void) {
    uint64_t handle = open("batch.bin", 9, 1);
    uint64_t bytes = semihosting(SYS_FLEN, (uint64_t[]){handle});
    check(bytes <= BATCH_LIMIT, 3);
    check(semihosting(SYS_READ, (uint64_t[]){handle, (uint64_t)BATCH, bytes}) == 0, 4);
    semihosting(SYS_CLOSE, (uint64_t[]){handle});
}

static void write_results(uint64_t bytes) {
    uint64_t handle = open("results.bin", 11, 5);
    check(semihosting(SYS_WRITE, (uint64_t[]){handle, (uint64_t)RESULTS, bytes}) == 0, 5);
    semihosting(SYS_CLOSE, (uint64_t[]){handle});
}

static void copy(void *to, const void *from, uint64_t bytes) {
    for (uint64_t i = 0; i < bytes / 8; i++) ((volatile uint64_t *)to)[i] = ((const uint64_t *)from)[i];
}

/* The EL2 timer ends a test that loops: its interrupt is routed to EL2 whatever PSTATE says (HCR_EL2.IMO). */
static void enable_timer_interrupt(void) {
    *(volatile uint32_t *)(GICD + 0x000) = 1;
    *(volatile uint32_t *)(GICD + 0x100) = 1u << CNTHP_INTID;
    *(volatile uint32_t *)(GICC + 0x004) = 0xff;
    *(volatile uint32_t *)(GICC + 0x000) = 1;
}

static void set_up_el1(const struct header *header) {
    WRITE(hcr_el2, header->hcr_el2);
    WRITE(cptr_el2, 0x33ff);
    WRITE(sctlr_el1, header->sctlr_el1);
    WRITE(tcr_el1, header->tcr_el1);
    WRITE(ttbr0_el1, header->ttbr0_el1);
    WRITE(mair_el1, header->mair_el1);
    WRITE(cpacr_el1, header->cpacr_el1);
    WRITE(vbar_el1, header->vectors);
    __asm__ volatile("isb\n tlbi alle1\n dsb sy\n isb" : : : "memory");
}

/* An exception to EL1 arrives as the HVC of its vector; what the test raised to EL2 itself comes from elsewhere. */
static void read_exception(struct result *result, uint64_t vectors) {
    uint64_t from = READ(elr_el2) - vectors;
    if (from < 0x1000) {
        result->el = 1;
        result->pc = READ(elr_el1);
        result->pstate = READ(spsr_el1);
        result->esr = READ(esr_el1);
        result->far = READ(far_el1);
    } else {
        result->el = 2;
        result->pc = READ(elr_el2);
        result->pstate = READ(spsr_el2);
        result->esr = READ(esr_el2);
        result->far = READ(far_el2);
    }
}

/* Lists the changed doublewords of the window behind the result and restores them; returns the end of the list. */
static uint8_t *collect(struct result *result, uint64_t *window, const uint64_t *pristine, uint64_t bytes) {
    struct difference *next = (struct difference *)(result + 1);
    for (uint64_t i = 0; i < bytes / 8; i++) {
        if (window[i] == pristine[i]) continue;
        *next++ = (struct difference){i * 8, window[i]};
        window[i] = pristine[i];
    }
    result->differences = next - (struct difference *)(result + 1);
    return (uint8_t *)next;
}

uint64_t main(void) {
    read_batch();
    const struct header *header = (const struct header *)BATCH;
    const uint8_t *at = (const uint8_t *)(header + 1);
    const uint64_t *pristine = 0;
    for (uint64_t i = 0; i < header->regions; i++) {
        const struct region *region = (const struct region *)at;
        at += sizeof *region;
        copy((void *)region->pa, at, region->bytes);
        if (region->pa == header->window) pristine = (const uint64_t *)at;
        at += region->bytes;
    }
    check(pristine != 0, 6);
    enable_timer_interrupt();
    set_up_el1(header);

    uint8_t *out = RESULTS;
    volatile uint32_t *code = (volatile uint32_t *)header->code_start;
    for (uint64_t i = 0; i < header->tests; i++) {
        const struct test *test = (const struct test *)at + i;
        struct result *result = (struct result *)out;
        for (uint32_t word = 0; word < MAX_WORDS; word++) {
            uint32_t value = word < test->count ? test->words[word] : header->filler;
            if (code[word] != value) code[word] = value;
        }
        __asm__ volatile("dsb sy\n ic iallu\n dsb sy\n isb" : : : "memory");
        result->el = 0;
        result->pc = result->pstate = result->esr = result->far = 0;
        if (run(test, result, header->code_start)) read_exception(result, header->vectors);
        out = collect(result, (uint64_t *)header->window, pristine, header->window_bytes);
    }
    write_results(out - RESULTS);
    return 0;
}

/*
 * Runs single instructions under QEMU's user mode: cases on standard input, what they leave on standard output. A Linux
 * program without a library. A case starts by the return from a signal handler, which sets every register, and ends
 * with the next signal: SIGTRAP of the BRK behind the instruction, SIGILL, or another one.
 */

typedef unsigned int u32;
typedef unsigned long u64;

enum { SYS_read = 63, SYS_write = 64, SYS_exit = 93, SYS_sigaltstack = 132, SYS_rt_sigaction = 134, SYS_mmap = 222 };
enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGSEGV = 11 };
enum { SA_SIGINFO = 4, SA_ONSTACK = 0x08000000 };
/* Addresses of test/cpu/simd/case.ts. */
#define CODE 0x42010000ul
#define WINDOW 0x42000000ul
#define WINDOW_BYTES 256
#define BRK 0xd4200000u
#define NZCV 0xf0000000ul

struct state {
    u64 x[31], sp;
    unsigned char v[512];
    u32 fpsr, fpcr;
    u64 nzcv;
};
struct test {
    u32 word, seed;
    struct state before;
};
/* `signal` is 0 when the instruction completed. */
struct outcome {
    u64 signal;
    struct state after;
    unsigned char window[WINDOW_BYTES];
};
struct fpsimd {
    u32 magic, size, fpsr, fpcr;
    unsigned char v[512];
};
struct context {
    char head[176];
    u64 fault, x[31], sp, pc, pstate, pad;
    struct fpsimd fp;
};
struct action {
    void (*handler)(int, void *, struct context *);
    u64 flags;
    void (*restorer)(void);
    u64 mask;
};
struct stack {
    void *base;
    u64 flags, size;
};

static unsigned char signal_stack[1 << 16] __attribute__((aligned(16)));
static struct test test;
static struct outcome outcome;
static int running;

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

static void copy(void *to, const void *from, u64 bytes)
{
    for (u64 i = 0; i < bytes; i++) ((volatile unsigned char *)to)[i] = ((const unsigned char *)from)[i];
}

/* Ends the program when there is no more. */
static void next_test(void)
{
    unsigned char *at = (unsigned char *)&test;
    for (u64 got = 0; got < sizeof test;) {
        long n = call(SYS_read, 0, (long)(at + got), (long)(sizeof test - got), 0, 0, 0);
        if (n <= 0) call(SYS_exit, n < 0 || got > 0, 0, 0, 0, 0, 0);
        got += (u64)n;
    }
}

static void report(void)
{
    const unsigned char *at = (const unsigned char *)&outcome;
    for (u64 done = 0; done < sizeof outcome;) {
        long n = call(SYS_write, 1, (long)(at + done), (long)(sizeof outcome - done), 0, 0, 0);
        if (n <= 0) call(SYS_exit, 2, 0, 0, 0, 0, 0);
        done += (u64)n;
    }
}

static void finish(int signal, const struct context *c)
{
    outcome.signal = signal == SIGTRAP ? 0 : (u64)signal;
    copy(outcome.after.x, c->x, sizeof c->x);
    outcome.after.sp = c->sp;
    copy(outcome.after.v, c->fp.v, sizeof c->fp.v);
    outcome.after.fpsr = c->fp.fpsr;
    outcome.after.fpcr = c->fp.fpcr;
    outcome.after.nzcv = c->pstate & NZCV;
    copy(outcome.window, (void *)WINDOW, WINDOW_BYTES);
    report();
}

static void begin(struct context *c)
{
    volatile unsigned char *window = (volatile unsigned char *)WINDOW;
    for (int i = 0; i < WINDOW_BYTES; i++) window[i] = (unsigned char)(i * 167 + 0x85);
    ((volatile u32 *)CODE)[0] = test.word;
    ((volatile u32 *)CODE)[1] = BRK;
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" : : "r"(CODE) : "memory");
    copy(c->x, test.before.x, sizeof c->x);
    c->sp = test.before.sp;
    c->pc = CODE;
    c->pstate = test.before.nzcv;
    copy(c->fp.v, test.before.v, sizeof c->fp.v);
    c->fp.fpsr = test.before.fpsr;
    c->fp.fpcr = test.before.fpcr;
}

static void handle(int signal, void *info, struct context *c)
{
    (void)info;
    if (running) finish(signal, c);
    running = 1;
    next_test();
    begin(c);
}

void _start(void)
{
    const int signals[] = { SIGILL, SIGTRAP, SIGBUS, SIGSEGV };
    struct stack stack = { signal_stack, 0, sizeof signal_stack };
    struct action action = { handle, SA_SIGINFO | SA_ONSTACK, 0, 0 };
    enum { READ_WRITE_EXECUTE = 7, FIXED_PRIVATE_ANONYMOUS = 0x32, PAGE = 4096 };

    call(SYS_mmap, CODE, PAGE, READ_WRITE_EXECUTE, FIXED_PRIVATE_ANONYMOUS, -1, 0);
    call(SYS_mmap, WINDOW, PAGE, READ_WRITE_EXECUTE, FIXED_PRIVATE_ANONYMOUS, -1, 0);
    call(SYS_sigaltstack, (long)&stack, 0, 0, 0, 0, 0);
    for (int i = 0; i < 4; i++) call(SYS_rt_sigaction, signals[i], (long)&action, 0, 8, 0, 0);
    __asm__ volatile("brk #0");
}

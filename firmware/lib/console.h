/* The console: PL011 at its place in the `virt` memory map, and a small formatter. */
#pragma once

#include "types.h"

#define UART_BASE 0x09000000ull

/* Enable the UART: 8 bits, FIFOs on, transmit and receive. */
void console_init(void);

/* Send one byte; a newline goes out as it is. */
void console_putc(char c);

/* Wait for one byte and return it. */
char console_getc(void);

/* Print with %s %c %d %u %x, their 64-bit forms %ld %lu %lx, and %%. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

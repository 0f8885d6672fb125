/* The console: PL011 at its place in the `virt` memory map, and a small formatter. */
#include "console.h"

#include <stdarg.h>

#define UART_REG(offset) (*(volatile u32 *)(UART_BASE + (offset)))
#define UART_DR UART_REG(0x00)
#define UART_FR UART_REG(0x18)
#define UART_LCR_H UART_REG(0x2c)
#define UART_CR UART_REG(0x30)
#define FR_RXFE 0x10u
#define FR_TXFF 0x20u
#define LCR_H_WLEN_8 0x60u
#define LCR_H_FEN 0x10u
#define CR_UARTEN 0x001u
#define CR_TXE 0x100u
#define CR_RXE 0x200u

void console_init(void) {
  UART_LCR_H = LCR_H_WLEN_8 | LCR_H_FEN;
  UART_CR = CR_UARTEN | CR_TXE | CR_RXE;
}

void console_putc(char c) {
  while (UART_FR & FR_TXFF) {
  }
  UART_DR = (u8)c;
}

char console_getc(void) {
  while (UART_FR & FR_RXFE) {
  }
  return (char)UART_DR;
}

static void put_string(const char *text) {
  while (*text) console_putc(*text++);
}

static void put_number(u64 value, u32 base) {
  char digits[20];
  u32 count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (count) console_putc(digits[--count]);
}

static void put_signed(i64 value) {
  if (value < 0) console_putc('-');
  put_number(value < 0 ? -(u64)value : (u64)value, 10);
}

void print(const char *format, ...) {
  va_list args;
  va_start(args, format);
  for (; *format; format++) {
    if (*format != '%') {
      console_putc(*format);
      continue;
    }
    format++;
    bool wide = *format == 'l';
    if (wide) format++;
    switch (*format) {
      case 's': put_string(va_arg(args, const char *)); break;
      case 'c': console_putc((char)va_arg(args, int)); break;
      case 'd': put_signed(wide ? va_arg(args, i64) : va_arg(args, int)); break;
      case 'u': put_number(wide ? va_arg(args, u64) : va_arg(args, u32), 10); break;
      case 'x': put_number(wide ? va_arg(args, u64) : va_arg(args, u32), 16); break;
      default: console_putc(*format); break;
    }
  }
  va_end(args);
}

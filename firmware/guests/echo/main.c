/* echo: sends each byte that the UART receives back, until 'q'. */
#include "console.h"

int main(void) {
  print("echo: type, q ends\n");
  for (;;) {
    char c = console_getc();
    if (c == 'q') break;
    console_putc(c);
  }
  print("\necho: end\n");
  return 0;
}

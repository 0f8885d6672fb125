/* hello: the smallest guest; one line, then an exit with code 0. */
#include "console.h"
#include "sysreg.h"

int main(void) {
  print("hello from EL%u\n", current_el());
  return 0;
}

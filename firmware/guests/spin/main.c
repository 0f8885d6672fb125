/* spin: never ends; for time-outs and instruction limits. */
int main(void) {
  for (;;) __asm__ volatile("");
}

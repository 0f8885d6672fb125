/** Reads what the checks of the initramfs have printed. */

/** The names of the checks that a console says were passed, in their order. */
export const passedOn = (console: string): string[] => [...console.matchAll(/^ok (\S+)\r?$/gm)].map(([, name]) => name);

/** What a console shows to be wrong, the console included; undefined when all checks, the named among them, passed. */
export function complaintAbout(console: string, named: readonly string[]): string | undefined {
  const passed = passedOn(console);
  const tally = /^checks: .*?(?=\r?$)/m.exec(console)?.[0] ?? 'the checks did not come to their end';
  const missing = named.filter((name) => !passed.includes(name));
  if (tally === `checks: ${passed.length} passed, 0 failed` && missing.length === 0) return undefined;
  return `${tally}; not passed: ${missing.join(', ') || 'see the console'}\n${console}`;
}

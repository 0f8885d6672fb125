/*
 * The table of guests: what each is built from and how it is meant to run.
 *   name     image `images/NAME.elf`; sources are all .c and .S files of `guests/NAME/` (or of `source`)
 *   define   preprocessor definitions
 *   levels   the Exception levels it can be entered at
 *   stdin    console input for the comparison with QEMU
 *   code     its exit code, or 'never' when it does not end by itself
 */
export const guests = [
  { name: 'hello', levels: [1, 2], code: 0 },
  { name: 'psci-off', levels: [1, 2], code: 0 },
  { name: 'exceptions', levels: [1, 2], code: 0 },
  { name: 'stage1', levels: [1, 2], code: 0 },
  { name: 'at', levels: [1, 2], code: 0 },
  { name: 'touch64m', levels: [1, 2], code: 0 },
  { name: 'same-ipa', levels: [1, 2], code: 0 },
  { name: 'mini-hyp', levels: [2], code: 0 },
  { name: 'demo-a', source: 'demo', define: { NAME: '"a"', SEED: '1000003u', STRIDE: '37u' }, levels: [1], code: 0 },
  { name: 'demo-b', source: 'demo', define: { NAME: '"b"', SEED: '7777777u', STRIDE: '101u' }, levels: [1], code: 0 },
  { name: 'spin', levels: [1, 2], code: 'never' },
  { name: 'stuck', levels: [1, 2], code: 'never' },
  { name: 'echo', levels: [1, 2], stdin: 'Hello, PL011!\rq', code: 0 },
  { name: 'bench/integer', levels: [1, 2], code: 0 },
];

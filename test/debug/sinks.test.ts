/** Golden texts of both sinks, and their common ground. */

import { describe, expect, it } from 'vitest';
import { CATEGORIES, type TraceEvent } from '../../src/arch/trace.ts';
import { PC, SP, X } from '../../src/cpu/slots.ts';
import { jsonlSink } from '../../src/debug/jsonl-sink.ts';
import { textSink } from '../../src/debug/text-sink.ts';
import { events } from './events.ts';
import { collectingWriter, fakeContext, symbols } from './fakes.ts';

const registers: TraceEvent = { category: 'cpu', type: 'registers' };

it('covers every category', () => {
  expect(new Set([...events, registers].map(({ category }) => category))).toEqual(new Set(Object.keys(CATEGORIES)));
});

describe('text', () => {
  it('writes each event', () => {
    const { writer, text } = collectingWriter();
    const sink = textSink({ writer, context: fakeContext().context, symbols });
    for (const event of events) sink(0, event);
    expect(text()).toBe(`----------------
IN: guest
0x40080024:  d40000e2

Trace 0: 0x80080024 [0000000040080024/00000001] guest
Taking exception 11 [Hypervisor Call] on CPU 0
...from EL1 to EL2
...with ESR 0x16/0x5a000007
...with ELR 0x40080028 <guest+0x4>
...to EL2 PC 0x40080c00 <vec+0x400> PSTATE 0x3c9
...syndrome HVC instruction execution in AArch64 state: imm16=0x7
...routed by HVC
Taking exception 5 [IRQ] on CPU 0
...from EL0 to EL1
...with ELR 0x10
...to EL1 PC 0x40080a80 <vec+0x280> PSTATE 0x800003c5
...routed by EL1 by default
Exception return from AArch64 EL2 to AArch64 EL1 PC 0x40080028 <guest+0x4>
mmu 0: walk VA 0x40201234 write, EL1&0, ASID 1, VMID 2
mmu 0:   stage 2 level 1 table 0x80000000[1] @PA 0x80000008 = 0x00000000880007fd block PA 0x80000000 AF SH=inner MemAttr=0xf Normal WB S2AP=rw
mmu 0:   stage 1 level 2 table 0x40081000[1] @IPA 0x40081008 = 0x0060000040200711 block IPA 0x40200000 AF SH=inner AttrIdx=4 AP=rw/-- UXN PXN
mmu 0:   stage 2 level 1 table 0x80000000[1] @PA 0x80000008 = 0x00000000880007fd block PA 0x80000000 AF SH=inner MemAttr=0xf Normal WB S2AP=rw
mmu 0:   VA 0x40201234 -> IPA 0x40201234 -> PA 0x80201234 Normal WB inner shareable
mmu 0:   VA 0x40201234 -> IPA 0x40081008 -> stage 2 translation fault, level 1, on a stage-1 table walk
tlb 0: fill EL1&0 VA 0x40201000 -> PA 0x80201000 4096 bytes, ASID 1, VMID 2
tlb 0: evict EL2 IPA 0x0 -> PA 0x0 2097152 bytes, ASID global, VMID 0
tlb 0: VAE1 address 0x40201000 ASID 1 VMID 2: 1 dropped
tlb 0: ALLE1: 30 dropped
bbm 0: output address changed without break-before-make at EL1&0 VA 0x40201234, ASID 1, VMID 2: TLB PA 0x80201234 Normal WB stage 1 level 3 stage 2 level 2; tables PA 0x80205234 Normal WB stage 1 level 3
s2fault 0: VM a IPA 0x50000000 read, translation fault, level 3: mapped 4 KiB
sysreg 0: write VBAR_EL2 = 0x40080800 at EL2 PC 0x40080004 <_start+0x4>
mmio 0: write pl011+0x0 PA 0x9000000 size 1 = 0x41
hyp 0: exit VM a vCPU 0: HVC #7
pl011: no DMA
read of 0x10 beyond RAM
`);
  });

  it('decodes the steps of each CPU in the regime of its own walk', () => {
    const { writer, text } = collectingWriter();
    const sink = textSink({ writer, context: fakeContext().context, symbols });
    const [walk, step] = [
      events.find(({ type }) => type === 'walk'),
      events.find((e) => e.type === 'step' && e.stage === 1),
    ];
    if (walk?.type !== 'walk' || step === undefined) throw new Error('events lack a walk');
    sink(0, walk);
    sink(1, { ...walk, regime: 'EL2' });
    sink(0, step);
    sink(1, step);
    expect(text()).toMatch(/mmu 0: .* AP=rw\/-- UXN PXN\nmmu 1: .* AP=rw XN\n$/);
  });
});

describe('JSONL', () => {
  it('writes each event with keys in a fixed order', () => {
    const { writer, text } = collectingWriter();
    const fake = fakeContext();
    fake.values.time = 1200;
    fake.values.instructions = 1000;
    const sink = jsonlSink({ writer, context: fake.context, symbols });
    for (const event of events) sink(0, event);
    const head = '{"time":1200,"retired":1000,"cpu":0,"el":1,';
    const lines = text().trimEnd().split('\n');
    expect(lines.every((line) => line.startsWith(head))).toBe(true);
    expect(lines.map((line) => line.slice(head.length))).toEqual([
      '"category":"in_asm","type":"block","instructions":[{"va":"0x40080024","word":"0xd40000e2"}]}',
      '"category":"exec","type":"block","va":"0x40080024","symbol":"guest","pa":"0x80080024","count":1}',
      '"category":"int","type":"exception","number":11,"name":"Hypervisor Call","fromEl":1,"toEl":2,"esr":"0x5a000007","elr":"0x40080028","symbol":"guest+0x4","targetPc":"0x40080c00","pstate":"0x3c9","routing":"HVC"}',
      '"category":"int","type":"exception","number":5,"name":"IRQ","fromEl":0,"toEl":1,"elr":"0x10","targetPc":"0x40080a80","pstate":"0x800003c5","routing":"EL1 by default"}',
      '"category":"int","type":"return","fromEl":2,"toEl":1,"pc":"0x40080028","symbol":"guest+0x4"}',
      '"category":"mmu","type":"walk","va":"0x40201234","access":"write","unprivileged":false,"regime":"EL1&0","asid":1,"vmid":2}',
      '"category":"mmu","type":"step","stage":2,"level":1,"granule":4096,"table":"0x80000000","index":1,"address":"0x80000008","space":"PA","descriptor":"0x00000000880007fd","kind":"block"}',
      '"category":"mmu","type":"step","stage":1,"level":2,"granule":4096,"table":"0x40081000","index":1,"address":"0x40081008","space":"IPA","descriptor":"0x0060000040200711","kind":"block"}',
      '"category":"mmu","type":"step","stage":2,"level":1,"granule":4096,"table":"0x80000000","index":1,"address":"0x80000008","space":"PA","descriptor":"0x00000000880007fd","kind":"block"}',
      '"category":"mmu","type":"result","va":"0x40201234","ok":true,"ipa":"0x40201234","pa":"0x80201234","attributes":"Normal WB inner shareable"}',
      '"category":"mmu","type":"result","va":"0x40201234","ok":false,"ipa":"0x40081008","attributes":"","fault":"stage 2 translation fault, level 1, on a stage-1 table walk"}',
      '"category":"tlb","type":"fill","regime":"EL1&0","space":"VA","address":"0x40201000","pa":"0x80201000","bytes":4096,"asid":1,"vmid":2}',
      '"category":"tlb","type":"evict","regime":"EL2","space":"IPA","address":"0x0","pa":"0x0","bytes":2097152,"asid":"global","vmid":0}',
      '"category":"tlb","type":"invalidate","operation":"VAE1","asid":1,"vmid":2,"address":"0x40201000","dropped":1}',
      '"category":"tlb","type":"invalidate","operation":"ALLE1","dropped":30}',
      '"category":"bbm","type":"violation","what":"output address","regime":"EL1&0","space":"VA","address":"0x40201234","asid":1,"vmid":2,"cached":{"pa":"0x80201234","attributes":"Normal WB","level1":3,"level2":2},"found":{"pa":"0x80205234","attributes":"Normal WB","level1":3}}',
      '"vm":"a","category":"s2fault","type":"fault","ipa":"0x50000000","access":"read","kind":"translation fault","level":3,"action":"mapped 4 KiB"}',
      '"category":"sysreg","type":"write","name":"VBAR_EL2","value":"0x40080800","pc":"0x40080004","symbol":"_start+0x4"}',
      '"category":"mmio","type":"write","device":"pl011","pa":"0x9000000","offset":"0x0","size":1,"value":"0x41"}',
      '"vm":"a","category":"hyp","type":"exit","vcpu":0,"text":"HVC #7"}',
      '"category":"unimp","type":"message","text":"pl011: no DMA"}',
      '"category":"guest_errors","type":"message","text":"read of 0x10 beyond RAM"}',
    ]);
  });

  it('writes registers, and the VM that runs', () => {
    const { writer, text } = collectingWriter();
    const { state, values, context } = fakeContext();
    values.vm = 'a';
    state.set(PC, 0x4008_0000n);
    state.set(X[30], 0xffff_ffff_ffff_fff0n);
    state.set(SP[1], 0x1000n);
    jsonlSink({ writer, context, symbols })(3, registers);
    const line = JSON.parse(text());
    expect(Object.keys(line)).toEqual([
      'time',
      'retired',
      'cpu',
      'el',
      'vm',
      'category',
      'type',
      'pc',
      'sp',
      'pstate',
      'x',
    ]);
    expect(line).toMatchObject({
      cpu: 3,
      vm: 'a',
      pc: '0x0000000040080000',
      sp: '0x0000000000001000',
      pstate: '0x000003c5',
    });
    expect(line.x).toHaveLength(31);
    expect(line.x[30]).toBe('0xfffffffffffffff0');
  });
});

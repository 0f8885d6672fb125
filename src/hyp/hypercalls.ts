/** Hypercalls by the SMC Calling Convention (DEN 0028): PSCI, the vendor calls, and those that users add. */

import { hex } from '../arch/addresses.ts';
import { PSCI, type PsciCall, type PsciPorts, type PsciResult, psci, psciName } from '../arch/psci.ts';
import { EC } from '../arch/syndrome.ts';
import { type Exit, type ExitHandler, type Next, PARK, RESUME } from './exit.ts';
import type { Vm } from './vm.ts';

/** Vendor-specific hypervisor service calls (owner 6); docs/hypercalls.md describes each. */
export const VENDOR_HELLO = 0xc600_0000;
const VENDOR_YIELD = 0xc600_0001;
export const VENDOR_FEATURES = 0x8600_0002;
export const VENDOR_UID = 0x8600_ff01;
export const VENDOR_REVISION = 0x8600_ff03;

/** UUID 6e2d8c14-5b0f-4d7a-9c3e-656c32687970 of these services, as W0 to W3 return it (DEN 0028, "Call UID Query"). */
const UID = [0x148c_2d6e, 0x7a4d_0f5b, 0x6c65_3e9c, 0x7079_6832];
/** Major and minor revision of the services. */
const REVISION = [1, 0];

interface Service {
  readonly name: string;
  readonly serve: ExitHandler;
}

/** Writes the status of a call to X0, sign-extended. */
function answer(exit: Exit, status: number): Next {
  exit.setX(0, status < 0 ? 0xffff_ffff : 0, status);
  return RESUME;
}

/** Returns words in W0 upwards. */
function answerWords(exit: Exit, words: readonly number[]): Next {
  for (const [n, word] of words.entries()) exit.setX(n, 0, word);
  return RESUME;
}

export class Hypercalls {
  private readonly services = new Map<number, Service>();

  constructor() {
    this.add(VENDOR_HELLO, 'hello', (exit) => {
      const sum = exit.lo(1) + 1;
      exit.setX(0, exit.hi(1) + Math.floor(sum / 0x1_0000_0000), sum);
      return RESUME;
    });
    this.add(VENDOR_YIELD, 'yield', (exit) => {
      answer(exit, PSCI.SUCCESS);
      return PARK;
    });
    this.add(VENDOR_FEATURES, 'features', (exit) => {
      const isServed = this.services.has(exit.lo(1)) || psciName(exit.lo(1)) !== undefined;
      return answer(exit, isServed ? PSCI.SUCCESS : PSCI.NOT_SUPPORTED);
    });
    this.add(VENDOR_UID, 'UID', (exit) => answerWords(exit, UID));
    this.add(VENDOR_REVISION, 'revision', (exit) => answerWords(exit, REVISION));
  }

  /**
   * Serves a function ID of W0 by a handler, which finds arguments in X1 to X17 and leaves results in X0 to X3; PC is
   * past the call. Throws when PSCI or another handler has the ID.
   */
  add(id: number, name: string, serve: ExitHandler): void {
    const taken = psciName(id) ?? this.services.get(id)?.name;
    if (taken !== undefined) throw new Error(`hypercall ${hex(id, 8)} is ${taken} already`);
    this.services.set(id, { name, serve });
  }

  /** Serves HVC and SMC; the immediate must be zero. What nobody serves answers NOT_SUPPORTED. */
  readonly handle: ExitHandler = (exit) => {
    // SMC is trapped before it executes, HVC is taken after.
    if (exit.ec === EC.SMC64) exit.skip();
    const id = exit.lo(0);
    const service = this.services.get(id);
    exit.note('note', () => `hypercall ${hex(id, 8)} ${service?.name ?? psciName(id) ?? 'is not supported'}`);
    if ((exit.iss & 0xffff) !== 0) return answer(exit, PSCI.NOT_SUPPORTED);
    return service === undefined ? act(exit, psci(callOf(exit), portsOf(exit.vm))) : service.serve(exit);
  };
}

const callOf = (exit: Exit): PsciCall => ({
  function: exit.lo(0),
  x1Hi: exit.hi(1),
  x1Lo: exit.lo(1),
  x2Hi: exit.hi(2),
  x2Lo: exit.lo(2),
  x3Hi: exit.hi(3),
  x3Lo: exit.lo(3),
});

/** The affinity of a vCPU is its index. */
const portsOf = (vm: Vm): PsciPorts => ({
  cpuPower(aff3, aff210) {
    const vcpu = aff3 === 0 ? vm.vcpus[aff210] : undefined;
    if (vcpu === undefined) return undefined;
    return vcpu.status === 'off' ? 'off' : 'on';
  },
});

function act(exit: Exit, result: PsciResult): Next {
  const { vm, vcpu } = exit;
  switch (result.action) {
    case 'return':
      return answer(exit, result.status);
    case 'suspend':
      answer(exit, PSCI.SUCCESS);
      exit.wait();
      return PARK;
    case 'cpuOff':
      vcpu.status = 'off';
      return PARK;
    case 'cpuOn': {
      const wide = (hi: number, lo: number): bigint => (BigInt(hi) << 32n) | BigInt(lo);
      const target = vm.vcpus[result.aff210];
      target.start(wide(result.entryHi, result.entryLo), wide(result.contextHi, result.contextLo));
      return answer(exit, PSCI.SUCCESS);
    }
    default:
      vm.finish({ reason: result.action === 'systemOff' ? 'off' : 'reset' });
      return PARK;
  }
}

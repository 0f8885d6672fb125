/** Hypercalls by the SMC Calling Convention (DEN 0028): PSCI, the vendor calls, and those that users add. */

import { hex } from '../arch/addresses.ts';
import { PSCI, type PsciCall, type PsciPorts, type PsciResult, psci, psciName } from '../arch/psci.ts';
import { EC } from '../arch/syndrome.ts';
import { type Exit, type ExitHandler, type Next, PARK, RESUME } from './exit.ts';
import type { Vm } from './vm.ts';

/**
 * Vendor-specific hypervisor service calls, SMC64: "hello" answers with X1 + 1, so that a guest sees arguments and result
 * pass; "yield" gives the rest of the time slice away.
 */
export const VENDOR_HELLO = 0xc600_0000;
export const VENDOR_YIELD = 0xc600_0001;

interface Service {
  readonly name: string;
  readonly serve: ExitHandler;
}

/** Writes the status of a call to X0, sign-extended. */
function answer(exit: Exit, status: number): Next {
  exit.setX(0, status < 0 ? 0xffff_ffff : 0, status);
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
      vcpu.status = 'wfi';
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

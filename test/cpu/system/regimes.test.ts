/** Regimes follow the registers, and are the same objects when a world switch comes back to the same values. */

import { expect, it } from 'vitest';
import { R } from '../../../src/cpu/slots.ts';
import { FakeCore } from './fake-core.ts';

const HCR_VM = 1;

/** The regime of EL1&0 with this VMID and value of HCR_EL2. */
function regimeWith(core: FakeCore, vmid: number, hcr: number) {
  core.state.set64(R.VTTBR_EL2, vmid << 16, 0x4100_0000);
  core.state.set64(R.HCR_EL2, 0, hcr);
  return core.regimes.get('EL1&0');
}

it('a world switch there and back finds the regimes of before', () => {
  const core = new FakeCore();
  const host = regimeWith(core, 0, 0);
  const guest = regimeWith(core, 1, HCR_VM);
  expect([host.vmid, host.stage2On, guest.vmid, guest.stage2On]).toEqual([0, false, 1, true]);
  expect(regimeWith(core, 0, 0)).toBe(host);
  expect(regimeWith(core, 1, HCR_VM)).toBe(guest);
});

it('more settings than are kept have the right regime each, every time', () => {
  const core = new FakeCore();
  for (const round of [1, 2]) {
    for (let vmid = 0; vmid < 40; vmid++) {
      const { stage2, vmid: of } = regimeWith(core, vmid, HCR_VM);
      expect([round, of, stage2 !== undefined]).toEqual([round, vmid, true]);
      expect(regimeWith(core, vmid, 0)).toMatchObject({ vmid, stage2On: false });
    }
  }
});

/** A slow model of translation, written from the pseudocode of DDI 0487 with its names, for comparison with the MMU. */

/** Registers as 64-bit values. */
export interface ModelRegisters {
  SCTLR_EL1: bigint;
  SCTLR_EL2: bigint;
  TCR_EL1: bigint;
  TCR_EL2: bigint;
  TTBR0_EL1: bigint;
  TTBR1_EL1: bigint;
  TTBR0_EL2: bigint;
  TTBR1_EL2: bigint;
  MAIR_EL1: bigint;
  MAIR_EL2: bigint;
  HCR_EL2: bigint;
  VTCR_EL2: bigint;
  VTTBR_EL2: bigint;
}

/** IMPLEMENTATION DEFINED parameters. */
export interface ModelConfig {
  PAMax: bigint;
  /** Implemented granules by stage, as log2. */
  granules: { stage1: bigint[]; stage2: bigint[] };
}

/** Little-endian doubleword at a PA; undefined: external abort. */
export type ModelMemory = (pa: bigint) => bigint | undefined;

export type ModelRegime = 'EL1&0' | 'EL2' | 'EL2&0';
/** `pan`: PSTATE.PAN, for an access on which it has an effect. */
export type ModelAccess = {
  type: 'read' | 'write' | 'fetch';
  unprivileged: boolean;
  pan: boolean;
  stage1Only: boolean;
};
export interface ModelFault {
  statuscode: string;
  level: bigint;
  secondstage: boolean;
  s2fs1walk: boolean;
  ipaddress: bigint;
}
export interface ModelOutput {
  paddress: bigint;
  ipaddress: bigint;
  /** MAIR byte and shareability of both stages. */
  attributes: bigint;
  shareability: 'NSH' | 'ISH' | 'OSH';
}
export type ModelResult = { fault: ModelFault } | { output: ModelOutput };

interface Attributes {
  device: boolean;
  /** Device: bits [3:2] of its MAIR byte. */
  deviceType: bigint;
  outer: Cacheability;
  inner: Cacheability;
  shareability: 'NSH' | 'ISH' | 'OSH';
}
interface Cacheability {
  attrs: 'NC' | 'WT' | 'WB';
  transient: boolean;
  hints: bigint;
}

class FaultException extends Error {
  constructor(readonly fault: ModelFault) {
    super('guest fault');
  }
}

const bits = (value: bigint, high: number | bigint, low: number | bigint = high): bigint =>
  (value >> BigInt(low)) & ((1n << (BigInt(high) - BigInt(low) + 1n)) - 1n);
const bit = (value: bigint, at: number): boolean => bits(value, at) === 1n;
const alignDown = (value: bigint, size: bigint): bigint => value - (value % size);
const FINAL_LEVEL = 3n;

const NC: Cacheability = { attrs: 'NC', transient: false, hints: 0n };
const normal = (inner: Cacheability, outer: Cacheability, shareability: Attributes['shareability']): Attributes => ({
  device: false,
  deviceType: 0n,
  inner,
  outer,
  shareability,
});
const deviceMemory = (deviceType: bigint): Attributes => ({
  device: true,
  deviceType,
  inner: NC,
  outer: NC,
  shareability: 'OSH',
});

interface Params {
  stage: 1 | 2;
  tg: bigint;
  txsz: bigint;
  ps: bigint;
  baseaddress: bigint;
  ee: boolean;
  startlevel: bigint;
}
interface WalkState {
  level: bigint;
  descriptor: bigint;
  address: bigint;
  size: bigint;
  apTable: bigint;
  uxnTable: boolean;
  pxnTable: boolean;
}

/** Translates a VA as AArch64.TranslateAddress does, without alignment checks. */
export function translateAddress(
  regs: ModelRegisters,
  config: ModelConfig,
  memory: ModelMemory,
  regime: ModelRegime,
  va: bigint,
  access: ModelAccess,
): ModelResult {
  try {
    if (regime === 'EL2&0') return translateAddress(hostAsGuest(regs), config, memory, 'EL1&0', va, access);
    return { output: new Model(regs, config, memory, regime, access).translate(va) };
  } catch (error) {
    if (error instanceof FaultException) return { fault: error.fault };
    throw error;
  }
}

/** EL2&0 is EL1&0 with EL2's registers, whose layouts are EL1's then, and neither stage 2 nor HCR_EL2.DC and TGE. */
const hostAsGuest = (regs: ModelRegisters): ModelRegisters => ({
  ...regs,
  SCTLR_EL1: regs.SCTLR_EL2,
  TCR_EL1: regs.TCR_EL2,
  TTBR0_EL1: regs.TTBR0_EL2,
  TTBR1_EL1: regs.TTBR1_EL2,
  MAIR_EL1: regs.MAIR_EL2,
  HCR_EL2: 0n,
});

class Model {
  constructor(
    private readonly regs: ModelRegisters,
    private readonly config: ModelConfig,
    private readonly memory: ModelMemory,
    private readonly regime: 'EL1&0' | 'EL2',
    private readonly access: ModelAccess,
  ) {}

  translate(va: bigint): ModelOutput {
    const [ipa, s1attrs] = this.s1Enabled() ? this.S1Translate(va) : this.S1DisabledOutput(va);
    if (!this.s2Enabled() || this.access.stage1Only) {
      return {
        paddress: ipa,
        ipaddress: ipa,
        attributes: encode(s1attrs),
        shareability: EffectiveShareability(s1attrs),
      };
    }
    const [pa, s2attrs] = this.S2Translate(ipa, false);
    const combined = S2CombineS1MemAttrs(s1attrs, s2attrs);
    return { paddress: pa, ipaddress: ipa, attributes: encode(combined), shareability: combined.shareability };
  }

  private get sctlr(): bigint {
    return this.regime === 'EL2' ? this.regs.SCTLR_EL2 : this.regs.SCTLR_EL1;
  }
  private get tcr(): bigint {
    return this.regime === 'EL2' ? this.regs.TCR_EL2 : this.regs.TCR_EL1;
  }

  private s1Enabled(): boolean {
    if (this.regime === 'EL2') return bit(this.regs.SCTLR_EL2, 0);
    const DC = bit(this.regs.HCR_EL2, 12);
    const TGE = bit(this.regs.HCR_EL2, 27);
    return !DC && !TGE && bit(this.regs.SCTLR_EL1, 0);
  }

  private s2Enabled(): boolean {
    return this.regime === 'EL1&0' && (bit(this.regs.HCR_EL2, 0) || bit(this.regs.HCR_EL2, 12));
  }

  private fault(statuscode: string, level: bigint, stage: 1 | 2, s2fs1walk = false, ipaddress = 0n): never {
    throw new FaultException({ statuscode, level, secondstage: stage === 2, s2fs1walk, ipaddress });
  }

  /** AArch64.AddrTop, with the TBI bit of the VA's range. */
  private AddrTop(va: bigint): bigint {
    const tbi = this.regime === 'EL2' ? bit(this.tcr, 20) : bit(va, 55) ? bit(this.tcr, 38) : bit(this.tcr, 37);
    return tbi ? 55n : 63n;
  }

  private S1DisabledOutput(va: bigint): [bigint, Attributes] {
    if (bits(va, this.AddrTop(va), this.config.PAMax) !== 0n) this.fault('addressSize', 0n, 1);
    const address = bits(va, this.config.PAMax - 1n, 0n);
    const writeBack: Cacheability = { attrs: 'WB', transient: false, hints: 3n };
    const writeThrough: Cacheability = { attrs: 'WT', transient: false, hints: 2n };
    if (this.regime === 'EL1&0' && bit(this.regs.HCR_EL2, 12)) return [address, normal(writeBack, writeBack, 'NSH')];
    if (this.access.type !== 'fetch') return [address, deviceMemory(0n)];
    return [address, bit(this.sctlr, 12) ? normal(writeThrough, writeThrough, 'OSH') : normal(NC, NC, 'OSH')];
  }

  private implemented(tg: bigint | undefined, stage: 1 | 2): bigint {
    const granules = stage === 1 ? this.config.granules.stage1 : this.config.granules.stage2;
    return tg !== undefined && granules.includes(tg) ? tg : granules[0];
  }

  private GetS1TTWParams(upper: boolean): Params & { epd: boolean } {
    const tcr = this.tcr;
    const TG0: Record<string, bigint> = { '0': 12n, '1': 16n, '2': 14n };
    const TG1: Record<string, bigint> = { '1': 14n, '2': 12n, '3': 16n };
    const el2 = this.regime === 'EL2';
    const txsz = upper ? bits(tcr, 21, 16) : bits(tcr, 5, 0);
    const tg = this.implemented(upper ? TG1[`${bits(tcr, 31, 30)}`] : TG0[`${bits(tcr, 15, 14)}`], 1);
    const iasize = 64n - txsz;
    return {
      stage: 1,
      tg,
      txsz,
      ps: el2 ? bits(tcr, 18, 16) : bits(tcr, 34, 32),
      baseaddress: el2 ? this.regs.TTBR0_EL2 : upper ? this.regs.TTBR1_EL1 : this.regs.TTBR0_EL1,
      ee: bit(this.sctlr, 25),
      startlevel: FINAL_LEVEL - (iasize - 1n - tg) / (tg - 3n),
      epd: !el2 && bit(tcr, upper ? 23 : 7),
    };
  }

  private S1Translate(va: bigint): [bigint, Attributes] {
    const upper = this.regime === 'EL1&0' && bit(va, 55);
    const params = this.GetS1TTWParams(upper);
    if (params.txsz < 16n || params.txsz > 39n) this.fault('translation', 0n, 1);
    const iasize = 64n - params.txsz;
    const top = bits(va, this.AddrTop(va), iasize);
    const ones = (1n << (this.AddrTop(va) - iasize + 1n)) - 1n;
    if (top !== (upper ? ones : 0n)) this.fault('translation', 0n, 1);
    if (params.epd) this.fault('translation', 0n, 1);
    const walk = this.Walk(
      params,
      bits(va, iasize - 1n, 0n),
      (descaddr) => {
        return this.s2Enabled() ? this.S2Translate(descaddr, true)[0] : descaddr;
      },
      false,
      0n,
    );
    const leaf = this.S1DecodeMemAttrs(walk.descriptor);
    if (!this.S1Allowed(walk)) this.fault('permission', walk.level, 1);
    let attrs = leaf;
    if (this.access.type === 'fetch') {
      if (leaf.device || !bit(this.sctlr, 12)) attrs = normal(NC, NC, leaf.shareability);
    } else if (!bit(this.sctlr, 2) && !leaf.device) {
      attrs = normal(NC, NC, leaf.shareability);
    }
    return [walk.address + (va % walk.size), attrs];
  }

  /** AArch64.S1DirectBasePermissions and AArch64.S1CheckPermissions. */
  private S1Allowed(walk: WalkState): boolean {
    const { descriptor } = walk;
    const wxn = bit(this.sctlr, 19);
    let pr = true;
    let pw: boolean;
    let ur = false;
    let uw = false;
    let px: boolean;
    let ux = false;
    if (this.regime === 'EL1&0') {
      const ap = bits(descriptor, 7, 6);
      [pr, pw, ur, uw] = [
        [true, true, false, false],
        [true, true, true, true],
        [true, false, false, false],
        [true, false, true, false],
      ][Number(ap)];
      if (walk.apTable & 1n) [ur, uw] = [false, false];
      if (walk.apTable & 2n) [pw, uw] = [false, false];
      px = !(bit(descriptor, 53) || walk.pxnTable || uw);
      if (this.access.pan && (ur || uw)) [pr, pw] = [false, false];
      ux = !(bit(descriptor, 54) || walk.uxnTable);
      if (wxn) {
        px = px && !pw;
        ux = ux && !uw;
      }
    } else {
      pw = !bit(descriptor, 7) && !(walk.apTable & 2n);
      px = !(bit(descriptor, 54) || walk.uxnTable);
      if (wxn) px = px && !pw;
    }
    const el0 = this.regime === 'EL1&0' && this.access.unprivileged;
    const [r, w, x] = el0 ? [ur, uw, ux] : [pr, pw, px];
    return { read: r, write: w, fetch: x }[this.access.type];
  }

  private GetS2TTWParams(): Params & { sl0: bigint } {
    const vtcr = this.regs.VTCR_EL2;
    const TG0: Record<string, bigint> = { '0': 12n, '1': 16n, '2': 14n };
    const tg = this.implemented(TG0[`${bits(vtcr, 15, 14)}`], 2);
    const sl0 = bits(vtcr, 7, 6);
    return {
      stage: 2,
      tg,
      txsz: bits(vtcr, 5, 0),
      ps: bits(vtcr, 18, 16),
      baseaddress: this.regs.VTTBR_EL2,
      ee: bit(this.regs.SCTLR_EL2, 25),
      sl0,
      startlevel: tg === 12n ? 2n - sl0 : 3n - sl0,
    };
  }

  private S2InvalidSL(tg: bigint, sl0: bigint): boolean {
    const { PAMax } = this.config;
    if (tg === 12n) return sl0 === 3n || (sl0 === 2n && PAMax < 44n);
    if (tg === 14n) return sl0 === 3n || (sl0 === 2n && PAMax < 42n);
    return sl0 === 3n || (sl0 === 2n && PAMax < 44n);
  }

  private S2InconsistentSL(params: Params): boolean {
    const levels = FINAL_LEVEL - params.startlevel;
    const stride = params.tg - 3n;
    const sl_min_iasize = levels * stride + params.tg + 1n;
    const sl_max_iasize = sl_min_iasize + (stride - 1n) + 4n;
    const iasize = 64n - params.txsz;
    return iasize < sl_min_iasize || iasize > sl_max_iasize;
  }

  private S2Translate(ipa: bigint, s2fs1walk: boolean): [bigint, Attributes] {
    const params = this.GetS2TTWParams();
    const fail = (code: string, level: bigint): never => this.fault(code, level, 2, s2fs1walk, ipa);
    if (params.txsz < 64n - this.config.PAMax || params.txsz > 39n) fail('translation', 0n);
    if (this.S2InvalidSL(params.tg, params.sl0) || this.S2InconsistentSL(params)) fail('translation', 0n);
    const iasize = 64n - params.txsz;
    if (ipa >> iasize !== 0n) fail('translation', 0n);
    const walk = this.Walk(params, ipa, (descaddr) => descaddr, s2fs1walk, ipa);
    const { descriptor } = walk;
    const leaf = S2DecodeMemAttrs(descriptor);
    const r = bit(descriptor, 6);
    const w = bit(descriptor, 7);
    const x = !bit(descriptor, 54);
    if (s2fs1walk) {
      if (bit(this.regs.HCR_EL2, 2) && leaf.device) fail('permission', walk.level);
      if (!r) fail('permission', walk.level);
    } else if (!{ read: r, write: w, fetch: x }[this.access.type]) {
      fail('permission', walk.level);
    }
    let attrs = leaf;
    if (this.access.type === 'fetch' && !s2fs1walk) {
      if (leaf.device || bit(this.regs.HCR_EL2, 33)) attrs = normal(NC, NC, leaf.shareability);
    } else if (bit(this.regs.HCR_EL2, 32) && !leaf.device) {
      attrs = normal(NC, NC, leaf.shareability);
    }
    return [walk.address + (ipa % walk.size), attrs];
  }

  /** AArch64.S1Walk and AArch64.S2Walk, which differ in how a descriptor's address is translated. */
  private Walk(
    params: Params,
    ia: bigint,
    translateTable: (descaddr: bigint) => bigint,
    s2fs1walk: boolean,
    ipa: bigint,
  ): WalkState {
    const fail = (code: string, level: bigint): never => this.fault(code, level, params.stage, s2fs1walk, ipa);
    const stride = params.tg - 3n;
    const iasize = 64n - params.txsz;
    const sizes = [32n, 36n, 40n, 42n, 44n, 48n, 48n, 48n];
    const psize = sizes[Number(params.ps)];
    const oasize = psize < this.config.PAMax ? psize : this.config.PAMax;
    const OAOutOfRange = (address: bigint): boolean => address >> oasize !== 0n;

    const lsb = (level: bigint): bigint => (FINAL_LEVEL - level) * stride + params.tg;
    const tablebits = iasize - lsb(params.startlevel) + 3n;
    let base = alignDown(bits(params.baseaddress, 47, 1) << 1n, 1n << tablebits);
    if (OAOutOfRange(base)) fail('addressSize', 0n);
    const state: WalkState = {
      level: params.startlevel,
      descriptor: 0n,
      address: 0n,
      size: 0n,
      apTable: 0n,
      uxnTable: false,
      pxnTable: false,
    };
    let msb = iasize - 1n;
    for (;;) {
      const index = bits(ia, msb, lsb(state.level));
      let descriptor = this.memory(translateTable(base + index * 8n));
      if (descriptor === undefined) return fail('externalOnWalk', state.level);
      if (params.ee) descriptor = BigEndianReverse(descriptor);
      switch (DecodeDescriptorType(descriptor, params.tg, state.level)) {
        case 'invalid':
          return fail('translation', state.level);
        case 'table':
          base = bits(descriptor, 47, params.tg) << params.tg;
          if (OAOutOfRange(base)) fail('addressSize', state.level);
          state.apTable |= bits(descriptor, 62, 61);
          state.uxnTable ||= bit(descriptor, 60);
          state.pxnTable ||= bit(descriptor, 59);
          state.level += 1n;
          msb = lsb(state.level - 1n) - 1n;
          continue;
        case 'leaf':
          state.descriptor = descriptor;
          state.size = 1n << lsb(state.level);
          state.address = bits(descriptor, 47, lsb(state.level)) << lsb(state.level);
          if (OAOutOfRange(state.address)) fail('addressSize', state.level);
          if (!bit(descriptor, 10)) fail('accessFlag', state.level);
          return state;
      }
    }
  }

  private S1DecodeMemAttrs(descriptor: bigint): Attributes {
    const mair = this.regime === 'EL2' ? this.regs.MAIR_EL2 : this.regs.MAIR_EL1;
    const index = bits(descriptor, 4, 2) * 8n;
    const attr = bits(mair, index + 7n, index);
    if (bits(attr, 7, 4) === 0n) return deviceMemory(bits(attr, 3, 2));
    return normal(DecodeNibble(bits(attr, 3, 0)), DecodeNibble(bits(attr, 7, 4)), DecodeShareability(descriptor));
  }
}

function BigEndianReverse(value: bigint): bigint {
  let result = 0n;
  for (let byte = 0n; byte < 8n; byte++) result = (result << 8n) | bits(value, byte * 8n + 7n, byte * 8n);
  return result;
}

function DecodeDescriptorType(descriptor: bigint, tg: bigint, level: bigint): 'invalid' | 'table' | 'leaf' {
  if (!bit(descriptor, 0)) return 'invalid';
  if (bit(descriptor, 1)) return level === FINAL_LEVEL ? 'leaf' : 'table';
  if (level === 2n || (level === 1n && tg === 12n)) return 'leaf';
  return 'invalid';
}

function DecodeShareability(descriptor: bigint): Attributes['shareability'] {
  // 0b01 is reserved; the choice made is Outer Shareable.
  return (['NSH', 'OSH', 'OSH', 'ISH'] as const)[Number(bits(descriptor, 9, 8))];
}

/** DecodeLDFAttr and DecodeSDFAttr: half a MAIR byte. 0b0000 beside a Normal half is UNPREDICTABLE: Non-cacheable. */
function DecodeNibble(attr: bigint): Cacheability {
  if (attr === 0b0100n || attr === 0n) return NC;
  const [attrs, transient] = (
    [
      ['WT', true],
      ['WB', true],
      ['WT', false],
      ['WB', false],
    ] as ['WT' | 'WB', boolean][]
  )[Number(attr >> 2n)];
  return { attrs, transient, hints: bits(attr, 1, 0) };
}

/** AArch64.S2DecodeMemAttrs. A Normal outer half with a reserved inner half: Non-cacheable. */
function S2DecodeMemAttrs(descriptor: bigint): Attributes {
  const memattr = bits(descriptor, 5, 2);
  if (bits(memattr, 3, 2) === 0n) return deviceMemory(bits(memattr, 1, 0));
  const half = (value: bigint): Cacheability => ({
    attrs: value === 3n ? 'WB' : value === 2n ? 'WT' : 'NC',
    transient: false,
    hints: 3n,
  });
  return normal(half(bits(memattr, 1, 0)), half(bits(memattr, 3, 2)), DecodeShareability(descriptor));
}

function S2CombineS1AttrHints(s1: Cacheability, s2: Cacheability): Cacheability {
  if (s1.attrs === 'NC' || s2.attrs === 'NC') return NC;
  const attrs = s1.attrs === 'WT' || s2.attrs === 'WT' ? 'WT' : 'WB';
  return { attrs, hints: s1.hints, transient: s1.transient };
}

function S2CombineS1MemAttrs(s1: Attributes, s2: Attributes): Attributes {
  if (s1.device && s2.device) return s1.deviceType < s2.deviceType ? s1 : s2;
  if (s1.device) return s1;
  if (s2.device) return s2;
  const either = (domain: string): boolean => s1.shareability === domain || s2.shareability === domain;
  const shareability = either('OSH') ? 'OSH' : either('ISH') ? 'ISH' : 'NSH';
  const combined = normal(
    S2CombineS1AttrHints(s1.inner, s2.inner),
    S2CombineS1AttrHints(s1.outer, s2.outer),
    shareability,
  );
  return { ...combined, shareability: EffectiveShareability(combined) };
}

function EffectiveShareability(attrs: Attributes): Attributes['shareability'] {
  if (attrs.device || (attrs.inner.attrs === 'NC' && attrs.outer.attrs === 'NC')) return 'OSH';
  return attrs.shareability;
}

function encode(attrs: Attributes): bigint {
  if (attrs.device) return attrs.deviceType << 2n;
  const half = ({ attrs: kind, transient, hints }: Cacheability): bigint => {
    if (kind === 'NC') return 0b0100n;
    return (transient ? 0n : 8n) | (kind === 'WB' ? 4n : 0n) | hints;
  };
  return (half(attrs.outer) << 4n) | half(attrs.inner);
}

/** The operations of the model, from the pseudocode functions whose names they bear. */

import {
  exponentOf,
  Model,
  negated,
  plus,
  type Real,
  type RoundingName,
  real,
  roundDown,
  scaled,
  sense,
  times,
  type Unpacked,
  type Width,
} from './model.ts';

const isNaNType = ({ type }: Unpacked): boolean => type === 'QNaN' || type === 'SNaN';
const signBit = (N: Width): bigint => 1n << BigInt(N - 1);

export function FPAdd(m: Model, N: Width, a: bigint, b: bigint): bigint {
  const x = m.unpack(N, a);
  const y = m.unpack(N, b);
  // biome-ignore format: two pairs
  return m.processNaNs(N, [[x, a], [y, b]]) ?? sum(m, N, x, y);
}

export function FPSub(m: Model, N: Width, a: bigint, b: bigint): bigint {
  const x = m.unpack(N, a);
  const y = m.unpack(N, b);
  const minus = { ...y, sign: 1n - y.sign, value: negated(y.value) };
  // biome-ignore format: two pairs
  return m.processNaNs(N, [[x, a], [y, b]]) ?? sum(m, N, x, minus);
}

function sum(m: Model, N: Width, x: Unpacked, y: Unpacked): bigint {
  if (x.type === 'Infinity' && y.type === 'Infinity' && x.sign !== y.sign) return m.invalid(N);
  if (x.type === 'Infinity') return m.infinity(N, x.sign);
  if (y.type === 'Infinity') return m.infinity(N, y.sign);
  if (x.type === 'Zero' && y.type === 'Zero' && x.sign === y.sign) return m.zero(N, x.sign);
  return m.roundOrZero(N, plus(x.value, y.value));
}

/** FPMul() and, when `extended`, FPMulX(). */
export function FPMul(m: Model, N: Width, a: bigint, b: bigint, extended = false): bigint {
  const x = m.unpack(N, a);
  const y = m.unpack(N, b);
  // biome-ignore format: two pairs
  const nan = m.processNaNs(N, [[x, a], [y, b]]);
  if (nan !== undefined) return nan;
  const types = [x.type, y.type];
  const sign = x.sign ^ y.sign;
  if (types.includes('Infinity') && types.includes('Zero')) {
    return extended ? m.round(N, real(sign === 1n ? -2n : 2n), 'ZERO') : m.invalid(N);
  }
  if (types.includes('Infinity')) return m.infinity(N, sign);
  return types.includes('Zero') ? m.zero(N, sign) : m.round(N, times(x.value, y.value), m.rounding);
}

export function FPDiv(m: Model, N: Width, a: bigint, b: bigint): bigint {
  const x = m.unpack(N, a);
  const y = m.unpack(N, b);
  // biome-ignore format: two pairs
  const nan = m.processNaNs(N, [[x, a], [y, b]]);
  if (nan !== undefined) return nan;
  const sign = x.sign ^ y.sign;
  if (x.type === y.type && x.type !== 'Nonzero') return m.invalid(N);
  if (x.type === 'Infinity' || y.type === 'Zero') {
    if (x.type !== 'Infinity') m.raise('DZC');
    return m.infinity(N, sign);
  }
  if (x.type === 'Zero' || y.type === 'Infinity') return m.zero(N, sign);
  const flip = y.value.n < 0n ? -1n : 1n;
  return m.round(N, times(x.value, real(flip * y.value.d, flip * y.value.n)), m.rounding);
}

function integerRoot(value: bigint): bigint {
  let root = 1n << (BigInt(value.toString(2).length) / 2n + 1n);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function FPSqrt(m: Model, N: Width, a: bigint): bigint {
  const { type, sign, value } = m.unpack(N, a);
  if (type === 'QNaN' || type === 'SNaN') return m.processNaN(N, type, a);
  if (type === 'Zero') return m.zero(N, sign);
  if (sign === 1n) return m.invalid(N);
  if (type === 'Infinity') return m.infinity(N, 0n);
  // sqrt(n / d) = sqrt(n * d) / d, to 200 bits more; what is not exact lies between two multiples.
  const radicand = (value.n * value.d) << 400n;
  const root = integerRoot(radicand);
  const exact = root * root === radicand;
  return m.round(N, real(exact ? 2n * root : 2n * root + 1n, value.d << 201n), m.rounding);
}

export function FPMulAdd(m: Model, N: Width, addend: bigint, a: bigint, b: bigint): bigint {
  const z = m.unpack(N, addend);
  const x = m.unpack(N, a);
  const y = m.unpack(N, b);
  const types = [x.type, y.type];
  const undefinedProduct = types.includes('Infinity') && types.includes('Zero');
  // biome-ignore format: three pairs
  const nan = m.processNaNs(N, [[z, addend], [x, a], [y, b]]);
  if (z.type === 'QNaN' && undefinedProduct) return m.invalid(N);
  if (nan !== undefined) return nan;
  if (undefinedProduct) return m.invalid(N);
  const sign = x.sign ^ y.sign;
  const type = types.includes('Infinity') ? 'Infinity' : types.includes('Zero') ? 'Zero' : 'Nonzero';
  return sum(m, N, z, { type, sign, value: times(x.value, y.value) });
}

/** FPRecipStepFused() and FPRSqrtStepFused(): (constant - a * b) / divisor. */
export function FPStep(m: Model, N: Width, constant: bigint, divisor: bigint, a: bigint, b: bigint): bigint {
  const minus = a ^ signBit(N);
  const x = m.unpack(N, minus);
  const y = m.unpack(N, b);
  // biome-ignore format: two pairs
  const nan = m.processNaNs(N, [[x, minus], [y, b]]);
  if (nan !== undefined) return nan;
  const types = [x.type, y.type];
  if (types.includes('Infinity')) {
    return types.includes('Zero') ? m.round(N, real(constant, divisor), 'ZERO') : m.infinity(N, x.sign ^ y.sign);
  }
  return m.roundOrZero(N, times(plus(real(constant), times(x.value, y.value)), real(1n, divisor)));
}

/** Numbers in order, infinities beyond all. */
function ordered({ type, sign, value }: Unpacked): Real {
  return type === 'Infinity' ? scaled(real(sign === 1n ? -1n : 1n), 5000n) : value;
}

/** FPMax() when `greater`, else FPMin(). */
export function FPMaxMin(m: Model, N: Width, greater: boolean, a: bigint, b: bigint): bigint {
  const x = m.unpack(N, a);
  const y = m.unpack(N, b);
  // biome-ignore format: two pairs
  const nan = m.processNaNs(N, [[x, a], [y, b]]);
  if (nan !== undefined) return nan;
  const difference = sense(ordered(x), ordered(y));
  const { type, sign, value } = (greater ? difference > 0n : difference < 0n) ? x : y;
  if (type === 'Infinity') return m.infinity(N, sign);
  if (type === 'Zero') return m.zero(N, greater ? x.sign & y.sign : x.sign | y.sign);
  return m.round(N, value, m.rounding);
}

/** FPMaxNum() when `greater`, else FPMinNum(). */
export function FPMaxMinNum(m: Model, N: Width, greater: boolean, a: bigint, b: bigint): bigint {
  const x = m.unpack(N, a).type;
  const y = m.unpack(N, b).type;
  const loser = m.infinity(N, greater ? 1n : 0n);
  if (x === 'QNaN' && y !== 'QNaN') return FPMaxMin(m, N, greater, loser, b);
  if (x !== 'QNaN' && y === 'QNaN') return FPMaxMin(m, N, greater, a, loser);
  return FPMaxMin(m, N, greater, a, b);
}

export function FPCompare(m: Model, N: Width, signalNaNs: boolean, a: bigint, b: bigint): bigint {
  const x = m.unpack(N, a);
  const y = m.unpack(N, b);
  if (isNaNType(x) || isNaNType(y)) {
    if (x.type === 'SNaN' || y.type === 'SNaN' || signalNaNs) m.raise('IOC');
    return 0b0011n;
  }
  const difference = sense(ordered(x), ordered(y));
  if (difference === 0n) return 0b0110n;
  return difference < 0n ? 0b1000n : 0b0010n;
}

export function FPConvert(m: Model, M: Width, N: Width, rounding: RoundingName, a: bigint): bigint {
  const { type, sign, value } = m.unpack(N, a, N === 16 && m.ahp);
  const alternative = M === 16 && m.ahp;
  if (type === 'QNaN' || type === 'SNaN') {
    if (type === 'SNaN' || alternative) m.raise('IOC');
    if (alternative) return m.zero(M, sign);
    if (m.dn) return m.defaultNaN(M);
    const fractions = { 16: 10n, 32: 23n, 64: 52n };
    const shift = fractions[M] - fractions[N];
    const payload = a & ((1n << (fractions[N] - 1n)) - 1n);
    return m.defaultNaN(M) | m.zero(M, sign) | (shift > 0n ? payload << shift : payload >> -shift);
  }
  if (type === 'Infinity') {
    if (!alternative) return m.infinity(M, sign);
    m.raise('IOC');
    return m.zero(M, sign) | (signBit(M) - 1n);
  }
  return type === 'Zero' ? m.zero(M, sign) : m.round(M, value, rounding, alternative);
}

/** The integer next to a value by a rounding mode, and whether it is another number. */
function toInteger(value: Real, rounding: RoundingName): { readonly integer: bigint; readonly inexact: boolean } {
  const integer = roundDown(value);
  const error = plus(value, real(-integer));
  const half = sense(error, real(1n, 2n));
  const inexact = error.n !== 0n;
  const up = {
    TIEEVEN: half > 0n || (half === 0n && integer % 2n !== 0n),
    POSINF: inexact,
    NEGINF: false,
    ZERO: inexact && integer < 0n,
    TIEAWAY: half > 0n || (half === 0n && integer >= 0n),
    ODD: false,
  }[rounding];
  return { integer: up ? integer + 1n : integer, inexact };
}

export function FPRoundInt(m: Model, N: Width, rounding: RoundingName, exact: boolean, a: bigint): bigint {
  const { type, sign, value } = m.unpack(N, a);
  if (type === 'QNaN' || type === 'SNaN') return m.processNaN(N, type, a);
  if (type === 'Infinity') return m.infinity(N, sign);
  if (type === 'Zero') return m.zero(N, sign);
  const { integer, inexact } = toInteger(value, rounding);
  const result = integer === 0n ? m.zero(N, sign) : m.round(N, real(integer), 'ZERO');
  if (inexact && exact) m.raise('IXC');
  return result;
}

export function FPToFixed(
  m: Model,
  N: Width,
  rounding: RoundingName,
  M: number,
  unsigned: boolean,
  fbits: number,
  a: bigint,
): bigint {
  const operand = m.unpack(N, a);
  if (isNaNType(operand)) m.raise('IOC');
  const { integer, inexact } = toInteger(scaled(ordered(operand), BigInt(fbits)), rounding);
  const least = unsigned ? 0n : -(1n << BigInt(M - 1));
  const greatest = (1n << BigInt(unsigned ? M : M - 1)) - 1n;
  const result = integer < least ? least : integer > greatest ? greatest : integer;
  if (result !== integer) m.raise('IOC');
  else if (inexact) m.raise('IXC');
  return BigInt.asUintN(M, result);
}

export function FixedToFP(m: Model, N: Width, M: number, unsigned: boolean, fbits: number, a: bigint): bigint {
  const integer = unsigned ? BigInt.asUintN(M, a) : BigInt.asIntN(M, a);
  return integer === 0n ? 0n : m.round(N, scaled(real(integer), -BigInt(fbits)), m.rounding);
}

/** RecipEstimate() in the manual's integer arithmetic. */
function recipEstimate(a: bigint): bigint {
  return ((1n << 19n) / (a * 2n + 1n) + 1n) / 2n;
}

/** RecipSqrtEstimate(): the greatest b with a * b * b < 2^28, halved and rounded. */
function recipSqrtEstimate(operand: bigint): bigint {
  const a = operand < 256n ? operand * 2n + 1n : (((operand >> 1n) << 1n) + 1n) * 2n;
  const b = integerRoot(((1n << 28n) - 1n) / a);
  return ((b > 512n ? b : 512n) + 1n) / 2n;
}

/** estimate / 256 * 2^exponent, exactly. */
const estimated = (N: Width, sign: bigint, estimate: bigint, exponent: bigint): bigint =>
  new Model(0).round(N, scaled(real(sign === 1n ? -estimate : estimate), exponent - 8n), 'ZERO');

export function FPRecipEstimate(m: Model, N: Width, a: bigint): bigint {
  const { type, sign, value } = m.unpack(N, a);
  if (type === 'QNaN' || type === 'SNaN') return m.processNaN(N, type, a);
  if (type === 'Infinity') return m.zero(N, sign);
  if (type === 'Zero') {
    m.raise('DZC');
    return m.infinity(N, sign);
  }
  const magnitude = sign === 1n ? negated(value) : value;
  const exponent = exponentOf(magnitude);
  const least = { 16: -16n, 32: -128n, 64: -1024n }[N];
  if (exponent < least) {
    m.raise('OFC');
    m.raise('IXC');
    const toInfinity = { TIEEVEN: true, POSINF: sign === 0n, NEGINF: sign === 1n }[m.rounding as 'TIEEVEN'] ?? false;
    return toInfinity ? m.infinity(N, sign) : m.maxNormal(N, sign);
  }
  if (m.fz && N !== 16 && exponent >= { 32: 126n, 64: 1022n }[N]) {
    m.raise('UFC');
    return m.zero(N, sign);
  }
  const estimate = recipEstimate(roundDown(scaled(magnitude, 8n - exponent)));
  return estimated(N, sign, estimate, -1n - exponent);
}

export function FPRSqrtEstimate(m: Model, N: Width, a: bigint): bigint {
  const { type, sign, value } = m.unpack(N, a);
  if (type === 'QNaN' || type === 'SNaN') return m.processNaN(N, type, a);
  if (type === 'Zero') {
    m.raise('DZC');
    return m.infinity(N, sign);
  }
  if (sign === 1n) return m.invalid(N);
  if (type === 'Infinity') return m.zero(N, 0n);
  // Scaled by an even power of two to 1/4 <= x < 1.
  const exponent = exponentOf(value);
  const even = exponent % 2n === 0n ? exponent + 2n : exponent + 1n;
  const estimate = recipSqrtEstimate(roundDown(scaled(value, 9n - even)));
  return estimated(N, 0n, estimate, -even / 2n);
}

export function FPRecpX(m: Model, N: Width, a: bigint): bigint {
  const { type, sign } = m.unpack(N, a);
  if (type === 'QNaN' || type === 'SNaN') return m.processNaN(N, type, a);
  const ones = m.infinity(N, 0n);
  const field = a & ones;
  const least = ones & -ones;
  return m.zero(N, sign) | (field === 0n ? ones - least : ones - field);
}

export function UnsignedRecipEstimate(a: bigint): bigint {
  return a >> 31n === 0n ? 0xffff_ffffn : recipEstimate(a >> 23n) << 23n;
}

export function UnsignedRSqrtEstimate(a: bigint): bigint {
  return a >> 30n === 0n ? 0xffff_ffffn : recipSqrtEstimate(a >> 23n) << 23n;
}

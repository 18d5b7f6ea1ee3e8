import type { Printer } from './printer.ts';

/** `value` with `digits` digits after the point, rounded as C does: halves to even where JavaScript rounds them up. */
export function fixed(value: number, digits: number): string {
  if (Object.is(value, -0)) return `-${(0).toFixed(digits)}`;
  const scaled = value * 10 ** digits;
  const whole = Math.floor(scaled);
  // The product may be rounded to a half: only what has no more binary places than that is one.
  const half = scaled - whole === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  if (half && whole % 2 === 0) return (whole / 10 ** digits).toFixed(digits);
  return value.toFixed(digits);
}

/** Bytes a second, in single precision at `offset`, as megabits, reckoned in single precision too. */
export function megabits(p: Printer, offset: number): string {
  p.need(offset, 4);
  const value = Math.fround(Math.fround(p.view.getFloat32(offset) * 8) / 1_000_000);
  if (!Number.isFinite(value))
    return `${p.bytes[offset] > 0x7f ? '-' : ''}${Number.isNaN(value) ? 'nan' : 'inf'}`;
  return Math.abs(value) < 1e21 ? fixed(value, 3) : `${BigInt(value)}.000`;
}

/** As C's `%g` prints with that many digits. */
export function general(value: number, digits: number): string {
  if (!Number.isFinite(value)) return `${value < 0 ? '-' : ''}${Number.isNaN(value) ? 'nan' : 'inf'}`;
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  // All digits there are, so that halves are seen and rounded to even.
  const [exact, power] = value.toExponential(100).split('e');
  const tail = exact.slice(exact.indexOf('.') + digits);
  const tie = tail[0] === '5' && Number(tail.slice(1)) === 0;
  const even = Number(exact[exact.length - tail.length - 1]) % 2 === 0;
  const [mantissa, exponent] =
    tie && even ? [exact.slice(0, -tail.length), power] : value.toExponential(digits - 1).split('e');
  const places = Number(exponent);
  if (places < -4 || places >= digits)
    return `${stripped(mantissa)}e${places < 0 ? '-' : '+'}${`${Math.abs(places)}`.padStart(2, '0')}`;
  return stripped(Number(`${mantissa}e${places}`).toFixed(digits - 1 - places));
}

function stripped(number: string): string {
  return number.includes('.') ? number.replace(/\.?0+$/, '') : number;
}

/** What is in single precision at `offset`, multiplied and divided in single precision too. */
export function single(p: Printer, offset: number, divisor: number, factor = 1): string {
  p.need(offset, 4);
  const value = Math.fround(Math.fround(p.view.getFloat32(offset) * factor) / divisor);
  if (Number.isNaN(value)) return p.bytes[offset] > 0x7f ? '-nan' : 'nan';
  return general(value, 10);
}

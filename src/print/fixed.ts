/** `value` with so many digits behind the point, rounded as C does: halves to even where JavaScript rounds them up. */
export function fixed(value: number, digits: number): string {
  const scaled = value * 10 ** digits;
  const whole = Math.floor(scaled);
  if (scaled - whole === 0.5 && whole % 2 === 0) return (whole / 10 ** digits).toFixed(digits);
  return value.toFixed(digits);
}

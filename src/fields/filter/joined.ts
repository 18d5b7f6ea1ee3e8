// Tests joined by `and`, `or` and `xor`.
/** All, any, or an odd number of the tests hold. */
export function joined<T>(
  kind: 'and' | 'or' | 'xor',
  tests: readonly ((of: T) => boolean)[],
): (of: T) => boolean {
  if (tests.length === 2) {
    const [left, right] = tests;
    if (kind === 'and') return (of) => left(of) && right(of);
    if (kind === 'or') return (of) => left(of) || right(of);
    return (of) => left(of) !== right(of);
  }
  if (kind === 'xor') {
    return (of) => {
      let isOdd = false;
      for (let i = 0; i < tests.length; i++) if (tests[i](of)) isOdd = !isOdd;
      return isOdd;
    };
  }
  const isOr = kind === 'or';
  return (of) => {
    for (let i = 0; i < tests.length; i++) if (tests[i](of) === isOr) return isOr;
    return !isOr;
  };
}

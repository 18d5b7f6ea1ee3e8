// The flags of TCP as tcpdump writes them.
const LETTERS = 'FSRP.UEW';

export function flagLetters(flags: number): string {
  const letters = Array.from(LETTERS).filter((_, bit) => ((flags >> bit) & 1) !== 0);
  return letters.length === 0 ? 'none' : letters.join('');
}

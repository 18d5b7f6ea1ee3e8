// Colors of graphs, which are drawn on canvas and so take them from the style by hand.

/** The value of a color of the style (style.css), such as `segment` for `--segment`. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const redraws = new Set<() => void>();

/** Calls `redraw` whenever colors change: another theme, or paper, which is light. */
export function onColors(redraw: () => void): () => void {
  redraws.add(redraw);
  return () => redraws.delete(redraw);
}

function changed(): void {
  for (const redraw of redraws) redraw();
}

/** Watches for other colors. */
export function watchColors(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  const root = document.documentElement;
  let before: string | undefined;
  addEventListener('beforeprint', () => {
    before = root.dataset.theme;
    root.dataset.theme = 'light';
    changed();
  });
  addEventListener('afterprint', () => {
    if (before === undefined) delete root.dataset.theme;
    else root.dataset.theme = before;
    changed();
  });
}

/** Changes between light and dark. */
export function toggleTheme(): void {
  const root = document.documentElement;
  const dark =
    root.dataset.theme === undefined
      ? matchMedia('(prefers-color-scheme: dark)').matches
      : root.dataset.theme === 'dark';
  root.dataset.theme = dark ? 'light' : 'dark';
  changed();
}

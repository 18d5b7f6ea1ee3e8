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

/** Whether the reader chose the theme; else it is the system's. */
let chosen = false;

function show(dark: boolean): void {
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  changed();
}

/** Shows the system's theme and follows it; paper is light. */
export function watchColors(): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  show(system.matches);
  system.addEventListener('change', () => {
    if (!chosen) show(system.matches);
  });
  let before = false;
  addEventListener('beforeprint', () => {
    before = isDark();
    show(false);
  });
  addEventListener('afterprint', () => show(before));
}

function isDark(): boolean {
  return document.documentElement.dataset.theme === 'dark';
}

/** Changes between light and dark. */
export function toggleTheme(): void {
  chosen = true;
  show(!isDark());
}

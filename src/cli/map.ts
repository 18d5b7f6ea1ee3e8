// nscap map: the namespaces and the cables between them as a picture.
import { Command } from 'commander';
import { escapeControls } from '../base/escape-controls.ts';
import { endingSignals } from '../base/signals.ts';
import { discover } from '../netns/discover.ts';
import { drawMap } from '../netns/map.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import { watchNamespaces } from '../netns/watch.ts';
import { writeWhole } from '../output/whole-file.ts';
import { mapDot } from '../report/map/dot.ts';
import { layOut } from '../report/map/layout.ts';
import { mapSvg } from '../report/map/svg.ts';
import { mapText } from '../report/map/text.ts';

/** To a terminal: home, and erase what is shown and what scrolled away. */
const CLEAR = Buffer.from('\x1b[H\x1b[2J\x1b[3J');

interface Options {
  dot?: boolean;
  svg?: string;
  json?: boolean;
  watch?: boolean;
}

export function command(): Command {
  return new Command('map')
    .description('Draw the namespaces, their interfaces, and the links, bridges and tunnels between them')
    .argument('[namespaces...]', 'only these, and everything connected to them')
    .option('--dot', 'write a graph for Graphviz')
    .option('--svg <file>', 'write an SVG file; - for standard output')
    .option('--json', 'print one JSON document')
    .option('--watch', 'redraw on every change, until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  nscap map
  nscap map ns1                  ns1, and everything it is connected to
  nscap map --svg lab.svg
  nscap map --dot | dot -Tpng -o lab.png
  nscap map --watch

✗ and dashed lines mark what is broken.`,
    )
    .action(async (names: string[], options: Options) => {
      const only = (await Promise.all(names.map(resolveNamespace))).map(({ inode }) => inode);
      if (options.watch) await watching(only, options);
      else {
        for (const sentence of await draw(only, options))
          process.stderr.write(`nscap: ${escapeControls(sentence)}\n`);
      }
    });
}

/** Draws once; returns what could not be seen. */
async function draw(only: number[], options: Options): Promise<string[]> {
  const map = await drawMap(only);
  if (options.json) process.stdout.write(`${JSON.stringify(map, null, 2)}\n`);
  else if (options.dot) process.stdout.write(mapDot(map));
  else {
    const layout = await layOut(map);
    if (options.svg === undefined) {
      // On a terminal each picture takes the place of the one before.
      if (options.watch && process.stdout.isTTY) process.stdout.write(CLEAR);
      process.stdout.write(mapText(layout));
    } else if (options.svg === '-') process.stdout.write(mapSvg(layout));
    else {
      writeWhole(options.svg, mapSvg(layout));
    }
  }
  return map.unseen;
}

async function watching(only: number[], options: Options): Promise<never> {
  let stop = () => {};
  for (const signal of endingSignals()) {
    // At once, without waiting for the picture being drawn.
    process.once(signal, () => {
      stop();
      process.exit(0);
    });
  }
  for (;;) {
    const { namespaces } = await discover();
    // Listening begins before drawing, so that no change falls between the two.
    const changed = new Promise<void>((resolve) => {
      stop = watchNamespaces(
        namespaces.filter((netns) => netns.problem === undefined).map((netns) => netns.namespace),
        resolve,
      );
    });
    await draw(only, options);
    await changed;
    stop();
  }
}

// nscap filter: what a filter expression compiles to.
import { Command, InvalidArgumentError } from 'commander';
import { compileByName } from '../filter/compile.ts';
import { filterExpression } from '../filter/expression.ts';
import { source } from '../filter/function.ts';
import { assembler, initializer, numbers } from '../filter/image.ts';

interface Options {
  file?: string;
  linkType: string;
  snapshotLength: number;
  optimize: boolean;
  javascript?: boolean;
  json?: boolean;
}

export function command(): Command {
  // -d, -dd and -ddd are one option given once, twice or thrice.
  let level = 0;
  return new Command('filter')
    .description('Print the BPF program that a filter expression compiles to, as tcpdump -d does')
    .argument('[expression...]', 'a filter, as pcap-filter(7) describes it')
    .option('-d', 'assembly language (default); -dd C array, -ddd decimal numbers')
    .on('option:d', () => level++)
    .option('-F, --file <file>', 'read the expression from a file')
    .option(
      '-y, --link-type <name>',
      'compile for packets of this link type: EN10MB, LINUX_SLL2, RAW, …',
      'EN10MB',
    )
    .option(
      '-s, --snapshot-length <bytes>',
      'what the program returns for packets that match',
      parseLength,
      262144,
    )
    .option('-O, --no-optimize', 'do not optimize the program')
    .option('--javascript', 'print the JavaScript function that nscap applies to files instead')
    .option('--json', 'print the program as a JSON array of {code, jt, jf, k}')
    .addHelpText(
      'after',
      `
Examples:
  nscap filter tcp port 7096
  nscap filter -ddd -y RAW udp dst port 53       for iptables -m bpf`,
    )
    .action((words: string[], options: Options) => {
      const expression = filterExpression(words, options.file);
      const program = compileByName(expression, options.linkType, options.snapshotLength, options.optimize);
      let text: string;
      if (options.json) text = `${JSON.stringify(program)}\n`;
      else if (options.javascript) text = `${source(program)}\n`;
      else text = (level > 2 ? numbers : level === 2 ? initializer : assembler)(program);
      process.stdout.write(text);
    });
}

/** As tcpdump reads -s: 0 stands for its default. */
function parseLength(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 262144) throw new InvalidArgumentError('Bytes are 0 to 262144.');
  return value === 0 ? 262144 : value;
}

// nscap ns: every visible network namespace.
import { Command } from 'commander';
import { escapeControls } from '../base/escape-controls.ts';
import { discover } from '../netns/discover.ts';
import { namespacesJson, namespacesText } from '../report/namespaces.ts';

export function command(): Command {
  return new Command('ns')
    .description(
      'List all visible network namespaces: named ones, those of processes and containers, and those that only a mount, an open file or a socket keeps alive',
    )
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  nscap ns\n  nscap ns --json | jq -r .namespaces[].label')
    .action(async (options: { json?: boolean }) => {
      const discovery = await discover();
      if (options.json) process.stdout.write(`${JSON.stringify(namespacesJson(discovery), null, 2)}\n`);
      else {
        process.stdout.write(namespacesText(discovery));
        for (const sentence of discovery.unseen) process.stderr.write(`nscap: ${escapeControls(sentence)}\n`);
      }
    });
}

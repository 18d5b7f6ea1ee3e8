// nscap store: rows of captures that outlive them.
import { Command, Option } from 'commander';
import { filterExpression } from '../filter/expression.ts';
import { Sink } from '../output/sink.ts';
import { filesAndFilter } from './files-and-filter.ts';
import { parseHost, parseSample } from './store/options.ts';

export function command(): Command {
  return new Command('store')
    .description('Keep what captures show as rows: connections, segments, samples, findings')
    .enablePositionalOptions()
    .addCommand(importCommand())
    .addCommand(schemaCommand())
    .addHelpText(
      'after',
      `
A store is a folder of Parquet files, by default ~/.local/share/nscap/store.

Examples:
  nscap store import monday.pcap tuesday.pcapng.gz
  nscap store import --store /srv/rows --host web-1 /captures/*.pcap
  nscap analyze --store /srv/rows trace.pcap`,
    );
}

interface ImportFlags {
  store?: string;
  host?: string;
  sample: number;
  json?: boolean;
}

function importCommand(): Command {
  return new Command('import')
    .description('Store the rows of capture files. What is in the store already changes nothing')
    .argument('<file...>', 'capture files; and a filter in pcap-filter(7) syntax')
    .usage('[options] FILE... [filter...]')
    .option('--store <target>', 'folder of the store (default: ~/.local/share/nscap/store)')
    .option('--host <name>', 'host the captures are of (default: this one)', parseHost)
    .option('--sample <n>', 'store every nth segment without a verdict as well, 1 for all', parseSample, 0)
    .option('--json', 'a JSON object a file')
    .addHelpText('after', '\nExample: nscap store import --store /srv/rows --host web-1 trace.pcap')
    .action(async (words: string[], { store, ...flags }: ImportFlags) => {
      const [first, ...rest] = words;
      const { files, words: filter } = filesAndFilter(first, rest, undefined);
      const { importFiles } = await import('./store/import.ts');
      const { defaultStore } = await import('../store/folder.ts');
      await importFiles(store ?? defaultStore(), files, { ...flags, filter: filterExpression(filter) });
    });
}

const SCHEMA_FORMATS = ['json', 'clickhouse'] as const;

function schemaCommand(): Command {
  return new Command('schema')
    .description('Print the tables and their columns')
    .addOption(
      new Option('--format <format>', 'as JSON schema, or as the statements that make them in ClickHouse')
        .choices(SCHEMA_FORMATS)
        .default('json'),
    )
    .option('--database <name>', 'of the statements for ClickHouse', 'nscap')
    .addHelpText('after', '\nExample: nscap store schema --format clickhouse')
    .action(async (flags: { format: (typeof SCHEMA_FORMATS)[number]; database: string }) => {
      const { clickhouseDdl, jsonSchema } = await import('../store/documents.ts');
      const { TABLES } = await import('../store/schema.ts');
      new Sink().end(
        flags.format === 'json'
          ? `${JSON.stringify(jsonSchema(), null, 2)}\n`
          : Object.values(TABLES)
              .flatMap((table) => clickhouseDdl(flags.database, table))
              .map((statement) => `${statement};\n`)
              .join('\n'),
      );
    });
}

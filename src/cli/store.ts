// nscap store: rows that outlive the captures they are from.
import { Command, Option } from 'commander';
import { filterExpression } from '../filter/expression.ts';
import { Sink } from '../output/sink.ts';
import { parseCount } from './arguments.ts';
import { filesAndFilter } from './files-and-filter.ts';
import { readAsUser } from './read-as-user.ts';
import type { DeploymentPlan } from './store/deploy.ts';
import { parseHost, parseSample, TARGET_OPTION } from './store/options.ts';

export function command(): Command {
  return new Command('store')
    .description('Keep what captures show as rows: connections, segments, samples, findings')
    .enablePositionalOptions()
    .addCommand(importCommand())
    .addCommand(initCommand())
    .addCommand(shipCommand())
    .addCommand(statusCommand())
    .addCommand(unitCommand())
    .addCommand(daemonsetCommand())
    .addCommand(dashboardCommand())
    .addCommand(schemaCommand())
    .addHelpText(
      'after',
      `
A store is a folder of Parquet files, by default ~/.local/share/nscap/store, or the tables of ClickHouse:
clickhouse://HOST:8123/DATABASE, clickhouses:// with TLS. User and password come from NSCAP_CLICKHOUSE_USER and
NSCAP_CLICKHOUSE_PASSWORD, or from a file, ~/.config/nscap/clickhouse.json or what NSCAP_CLICKHOUSE_CREDENTIALS names:
{"user": "…", "password": "…"}.

Examples:
  nscap store import monday.pcap tuesday.pcapng.gz
  nscap store import --store /srv/rows --host web-1 /captures/*.pcap
  nscap analyze --store /srv/rows trace.pcap
  nscap store init --store clickhouse://engine:8123/nscap
  nscap capture --store clickhouse://engine:8123/nscap ns1 eth0 tcp`,
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
    .option(...TARGET_OPTION)
    .option('--host <name>', 'host the captures are of (default: this one)', parseHost)
    .option('--sample <n>', 'store every nth segment without a verdict as well, 1 for all', parseSample, 0)
    .option('--json', 'a JSON object a file')
    .addHelpText('after', '\nExample: nscap store import --store /srv/rows --host web-1 trace.pcap')
    .action(async (words: string[], { store, ...flags }: ImportFlags) => {
      const [first, ...rest] = words;
      const { files, words: filter } = filesAndFilter(first, rest, undefined);
      await readAsUser(files);
      const { importFiles } = await import('./store/import.ts');
      await importFiles(await targetOf({ store }), files, { ...flags, filter: filterExpression(filter) });
    });
}

interface TargetFlags {
  store?: string;
  json?: boolean;
}

function initCommand(): Command {
  return new Command('init')
    .description('Make the store: its folder, or database and tables; and add what a newer version has')
    .option(...TARGET_OPTION)
    .option('--cluster <name>', 'of ClickHouse: replicated tables of this cluster, and Distributed ones')
    .option('--days <n>', 'days that rows are kept (default: 30 to 400, by table)', parseCount)
    .option('--json', 'what was done, as JSON')
    .addHelpText(
      'after',
      '\nExample: nscap store init --store clickhouse://a:8123,b:8123/nscap --cluster fleet --days 30',
    )
    .action(async (flags: TargetFlags & { cluster?: string; days?: number }) => {
      const { init } = await import('./store/engine.ts');
      await readAsUser([]);
      const { cluster, days } = flags;
      await init({ target: await targetOf(flags), cluster, days, json: flags.json === true });
    });
}

function shipCommand(): Command {
  return new Command('ship')
    .description('Send the rows that wait in the spool to ClickHouse')
    .option(...TARGET_OPTION)
    .option('--follow', 'go on until a signal ends it')
    .option('--timeout <seconds>', 'give up where nothing could be sent for so long', parseCount, 60)
    .addOption(new Option('--attached', 'end when standard input does').hideHelp())
    .option('--json', 'what was sent, as JSON')
    .addHelpText('after', '\nExample: nscap store ship --store clickhouse://engine:8123/nscap')
    .action(async (flags: TargetFlags & { follow?: boolean; attached?: boolean; timeout: number }) => {
      const { ship } = await import('./store/engine.ts');
      await readAsUser([]);
      await ship({
        target: await targetOf(flags),
        follow: flags.follow === true,
        attached: flags.attached === true,
        timeout: flags.timeout * 1000,
        json: flags.json === true,
      });
    });
}

function statusCommand(): Command {
  return new Command('status')
    .description('Tell what lies where: in the folder, or in the spool and the tables')
    .option(...TARGET_OPTION)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample: nscap store status --store clickhouse://engine:8123/nscap')
    .action(async (flags: TargetFlags) => {
      const { status } = await import('./store/status.ts');
      await readAsUser([]);
      await status(await targetOf(flags), flags.json === true);
    });
}

/** The store that is meant. */
async function targetOf({ store }: { store?: string | undefined }): Promise<string> {
  return store ?? (await import('../store/folder.ts')).defaultStore();
}

interface DeployFlags {
  store?: string;
  interface: string;
  cpu: number;
  memory: number;
  disk: number;
}

function deploymentPlan(filter: readonly string[], flags: DeployFlags): DeploymentPlan {
  const { store, interface: name, cpu, memory, disk } = flags;
  return { target: store, filter: filter.join(' '), interface: name, cpu, memory, disk };
}

/** Options of what keeps a capture on each host. */
function deployed(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('[filter...]', 'captured besides SYN, FIN and RST, in pcap-filter(7) syntax')
    .option(...TARGET_OPTION)
    .option('--interface <name>', 'interface of the host', 'any')
    .option('--cpu <percent>', 'of one processor, at most', parseCount, 20)
    .option('--memory <megabytes>', 'at most', parseCount, 512)
    .option('--disk <megabytes>', 'for what waits to be sent, at most', parseCount, 1024);
}

function unitCommand(): Command {
  return deployed('unit', 'Print a systemd unit that captures on this host and stores rows')
    .addHelpText(
      'after',
      '\nExample: nscap store unit --store clickhouse://engine/nscap > /etc/systemd/system/nscap.service',
    )
    .action(async (words: string[], flags: DeployFlags) => {
      const { unit } = await import('./store/deploy.ts');
      unit(deploymentPlan(words, flags));
    });
}

function daemonsetCommand(): Command {
  return deployed('daemonset', 'Print a Kubernetes DaemonSet that captures on each node and stores rows')
    .requiredOption('--image <image>', 'image that has nscap in its PATH')
    .addHelpText(
      'after',
      '\nExample: nscap store daemonset --image registry/nscap --store clickhouse://engine/nscap | kubectl apply -f -',
    )
    .action(async (words: string[], flags: DeployFlags & { image: string }) => {
      const { daemonset } = await import('./store/deploy.ts');
      daemonset(deploymentPlan(words, flags), flags.image);
    });
}

function dashboardCommand(): Command {
  return new Command('dashboard')
    .description('Print a dashboard of Grafana for the tables of ClickHouse')
    .addHelpText('after', '\nExample: nscap store dashboard > nscap.json')
    .action(async () => {
      const { dashboard } = await import('../store/dashboard.ts');
      new Sink().end(`${JSON.stringify(dashboard(), null, 2)}\n`);
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
    .option('--cluster <name>', 'of them: replicated tables of this cluster, and Distributed ones')
    .addHelpText('after', '\nExample: nscap store schema --format clickhouse')
    .action(
      async (flags: { format: (typeof SCHEMA_FORMATS)[number]; database: string; cluster?: string }) => {
        if (flags.format === 'json') {
          const { jsonSchema } = await import('../store/documents.ts');
          new Sink().end(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
          return;
        }
        const { allStatements } = await import('../store/clickhouse/ddl.ts');
        const statements = allStatements(flags.database, flags);
        new Sink().end(statements.map((statement) => `${statement};\n`).join('\n'));
      },
    );
}

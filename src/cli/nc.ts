// nscap nc: the nc known from other systems, on node:net and node:dgram, in any namespace.
import { Command, Option } from 'commander';
import { NscapError, usageError } from '../errors.ts';
import { foreground, notPermitted } from '../netns/command.ts';
import { enterArgv } from '../netns/namespace.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import { childEnvironment, mayManageNamespaces, selfArgv } from '../netns/user.ts';
import { addressesOf, bindAddresses, type Family } from '../talk/address.ts';
import { type Ends, runClient } from '../talk/client.ts';
import { runDatagramClient, runDatagramServer } from '../talk/datagram.ts';
import { words } from '../talk/failure.ts';
import { parsePort, parsePorts } from '../talk/port.ts';
import { scan } from '../talk/scan.ts';
import { runServer } from '../talk/server.ts';
import { parseDuration } from './arguments.ts';

interface Options {
  listen?: boolean;
  verbose?: boolean;
  keepOpen?: boolean;
  ipv4?: boolean;
  ipv6?: boolean;
  numeric?: boolean;
  zero?: boolean;
  /** Milliseconds. */
  wait?: number;
  port?: number;
  source?: string;
  udp?: boolean;
  netns?: string;
}

export function command(): Command {
  return new Command('nc')
    .description('TCP and UDP client and server, compatible with nc and ncat')
    .usage(
      '[options] HOST PORT\n       nscap nc -l [options] [HOST] PORT\n       nscap nc -z [options] HOST PORT[-PORT]…',
    )
    .argument('[where...]', 'host and port')
    .option('-l, --listen', 'listen, and accept one connection')
    .option('-k, --keep-open', 'with -l: accept further connections, several at a time')
    .option('-v, --verbose', 'print what happens to standard error')
    .addOption(new Option('-4, --ipv4', 'IPv4 only').conflicts('ipv6'))
    .option('-6, --ipv6', 'IPv6 only')
    .option('-n, --numeric', 'numeric addresses only, no name lookups')
    .option('-z, --zero', 'report which ports accept a connection, without sending data')
    .option('-w, --wait <time>', 'time limit for connecting, and for an idle connection', parseDuration)
    .option('-p, --port <port>', 'source port; with -l the port to listen on', parsePort)
    .option('-s, --source <address>', 'source address; with -l the address to listen on')
    .option('-u, --udp', 'UDP: each piece of input is a datagram')
    .option('-N', 'send FIN at the end of input; always done, as in ncat')
    .option('--netns <namespace>', 'run in this namespace: a name, pid:PID, container:NAME or a path')
    .addHelpText(
      'after',
      `
Examples:
  nscap nc -l -v --netns ns1 7096                listen in ns1
  echo hello | nscap nc --netns ns2 10.0.1.0 7096
  nscap nc -l 7096 > copy  and  nscap nc 10.0.1.0 7096 < file
  nscap nc -zv 10.0.1.0 20-25                    which ports are open?
Exit status: 0 success (with -z: at least one port is open), 1 failure, 2 usage error.`,
    )
    .action(async (where: string[], options: Options) => {
      check(where, options);
      if (options.netns !== undefined) return runInside(options.netns);
      await (options.listen
        ? serve(where, options)
        : options.zero
          ? probe(where, options)
          : talk(where, options));
    });
}

function check(where: string[], { listen, keepOpen, zero, port }: Options): void {
  if (keepOpen && !listen) throw usageError('-k needs -l', '-k keeps a listener open');
  if (zero && listen) throw usageError("-z can't go with -l", '-z tries the ports of another host');
  if (listen) {
    if (where.length > 2) throw usageError('-l takes one host and one port', 'nscap nc -l [HOST] PORT');
    if (where.length === 2 && port !== undefined) {
      throw usageError(
        'the port to listen on is given twice',
        'nscap nc -l [HOST] PORT, or -l -p PORT [HOST]',
      );
    }
    if (where.length === 0 && port === undefined) {
      throw usageError('the port to listen on is missing', 'nscap nc -l [HOST] PORT');
    }
  } else if (where.length < 2) {
    throw usageError(
      `the ${where.length === 0 ? 'host and port are' : 'port is'} missing`,
      'nscap nc HOST PORT',
    );
  } else if (where.length > 2 && !zero) {
    throw usageError('there is more than one port', 'several ports go with -z');
  }
  // Ports are checked first, before a namespace is entered.
  if (zero) for (const text of where.slice(1)) parsePorts(text);
  else if (!(listen && port !== undefined)) parsePort(where.at(-1)!);
}

async function talk([host, portText]: string[], options: Options): Promise<void> {
  const port = parsePort(portText);
  const addresses = await addressesOf(host, family(options), options.numeric ?? false);
  const ends = standardEnds(options);
  if (options.udp) await runDatagramClient(addresses[0], port, connectOptions(options), ends);
  else await runClient(addresses, port, connectOptions(options), ends);
}

async function serve(where: string[], options: Options): Promise<void> {
  const port = options.port ?? parsePort(where.at(-1)!);
  const host = (options.port === undefined ? where.slice(0, -1) : where)[0];
  if (host !== undefined && options.source !== undefined && host !== options.source) {
    throw usageError('the address to listen on is given twice', 'nscap nc -l [HOST] PORT, or -s HOST');
  }
  const addresses = await bindAddresses(host ?? options.source, family(options), options.numeric ?? false);
  const settings = { keepOpen: options.keepOpen ?? false, ...timeout(options) };
  await (options.udp ? runDatagramServer : runServer)(addresses, port, settings, standardEnds(options));
}

async function probe([host, ...portTexts]: string[], options: Options): Promise<void> {
  const ports = portTexts.flatMap(parsePorts);
  const addresses = await addressesOf(host, family(options), options.numeric ?? false);
  const say = speaker(options);
  let last: Error | undefined;
  const open = await scan(
    addresses,
    ports,
    { ...connectOptions(options), udp: options.udp ?? false },
    (at, error) => {
      last = error;
      if (ports.length > 1 && error !== undefined) say(`${at}: ${words(error)}.`);
      else if (error === undefined) say(`Connected to ${at}.`);
    },
  );
  if (open > 0) return;
  if (ports.length === 1) {
    throw new NscapError('CLOSED', `connect to ${addresses[0].address}:${ports[0]}: ${words(last)}`);
  }
  throw new NscapError('CLOSED', `none of the ${ports.length} ports of ${host} takes a connection`);
}

/** The same command line, less --netns, inside the namespace. */
async function runInside(name: string): Promise<void> {
  const namespace = await resolveNamespace(name);
  if (namespace.enter.length > 0 && !mayManageNamespaces())
    throw notPermitted(`entering '${name}' is not permitted`);
  process.exitCode = await foreground(enterArgv(namespace, selfArgv(withoutNetns(process.argv.slice(2)))), {
    env: childEnvironment(),
  });
}

/** `--netns NS` or `--netns=NS` taken out, up to a `--`. */
function withoutNetns(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (i < end && args[i] === '--netns') i++;
    else if (i >= end || !args[i].startsWith('--netns=')) kept.push(args[i]);
  }
  return kept;
}

function family({ ipv4, ipv6 }: Options): Family {
  return ipv4 ? 4 : ipv6 ? 6 : 0;
}

function timeout({ wait }: Options): { timeout?: number } {
  return wait === undefined ? {} : { timeout: wait };
}

function connectOptions(options: Options) {
  return {
    ...timeout(options),
    ...(options.source === undefined ? {} : { sourceAddress: options.source }),
    ...(options.port === undefined ? {} : { sourcePort: options.port }),
  };
}

function speaker({ verbose }: Options): (line: string) => void {
  return verbose ? (line) => process.stderr.write(`${line}\n`) : () => {};
}

function standardEnds(options: Options): Ends {
  return { input: process.stdin, output: process.stdout, say: speaker(options) };
}

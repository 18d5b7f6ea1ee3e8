#!/usr/bin/env node
// The entry: finds the command and loads its code, and only its code. `nscap --version` loads nothing at all.

declare const __VERSION__: string;

/** Every command: what --help says of it, and where its code lies. */
const COMMANDS: Record<string, [summary: string, load: () => Promise<CommandModule>]> = {
  capture: ['capture live inside a namespace', () => import('./capture.ts')],
  read: ['print a capture file as tcpdump does', () => import('./read.ts')],
  analyze: ['tell what happened to every TCP connection of a capture', () => import('./analyze.ts')],
  top: ['the busiest connections of an interface, refreshed once a second', () => import('./top.ts')],
  convert: [
    'convert captures between pcap and pcapng; filter, cut, merge, split',
    () => import('./convert.ts'),
  ],
  follow: ['show the bytes of one TCP connection', () => import('./follow.ts')],
  filter: [
    'the BPF program a filter expression compiles to, as tcpdump -d shows it',
    () => import('./filter.ts'),
  ],
  why: ['why one namespace cannot reach another, and the command that mends it', () => import('./why.ts')],
  map: ['draw the namespaces and the cables between them', () => import('./map.ts')],
  ns: ['list every network namespace, its interfaces and where they lead', () => import('./ns.ts')],
  'tcp-test': [
    'prove a TCP path between two namespaces, with a lab of its own if needed',
    () => import('./tcp-test.ts'),
  ],
  completion: ['TAB completion for bash, zsh and fish', () => import('./completion.ts')],
  nc: ['TCP and UDP client and server, in the manner of nc and ncat', () => import('./nc.ts')],
  lab: ['Make, show, break and remove labs of network namespaces', () => import('./lab.ts')],
};

interface CommandModule {
  /** The commander command, with its options, its action and an example in its help. */
  command(): import('commander').Command;
}

async function main(argv: string[]): Promise<void> {
  // Put aside for the start of this process (scripts/build.mjs); what it runs for people is to have it again.
  const { NSCAP_CA_CERTS: certificates } = process.env;
  delete process.env.NSCAP_CA_CERTS;
  if (certificates) process.env.NODE_EXTRA_CA_CERTS = certificates;
  else if (certificates === '') delete process.env.NODE_EXTRA_CA_CERTS;
  const name = argv[2];
  if (name === '--version' || name === '-V') {
    process.stdout.once('error', async (error) => (await import('./run.ts')).streamFailed(error));
    process.stdout.write(`nscap ${__VERSION__}\n`);
    return;
  }
  // What nscap starts inside a namespace for tcp-test; no command for people, so no help lists it.
  if (name === '__talk') {
    const { agent } = await import('../talk/agent.ts');
    return agent();
  }
  if (name === 'capture') {
    const { enterEarly } = await import('./capture/enter.ts');
    await enterEarly(argv.slice(3));
  }
  if (name === 'analyze') {
    const { preparePartner } = await import('./analyze-partner.ts');
    await preparePartner(argv.slice(3));
  }
  const { run } = await import('./run.ts');
  await run(argv, COMMANDS);
}

void main(process.argv);

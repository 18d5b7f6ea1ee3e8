// Asks tcpdump what it prints of each sample, test/data/FAMILY/PROTOCOL.pcap, and writes PROTOCOL.out beside it:
//   npm run update-samples [PATH…]
// A line `## NAME` stands before each packet's text and is kept; a packet without one gets its number as a name.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const FOLDER = 'test/data/';
/** What is asked for: the usual line, and all that there is to tell. */
const OPTIONS = ['-n', '-n -vvv -e'];

const version = /^tcpdump version (\S+)/m.exec(run(['--version'], ''))?.[1];
if (version === undefined) throw new Error('tcpdump is missing: scripts/setup --test installs it');
const given = process.argv.slice(2).map((path) => path.replace(/^test\/data\/|\.(pcap|out)$/g, ''));
const all = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.pcap'))
  .map((name) => name.slice(0, -5))
  .sort();
for (const path of given.length > 0 ? given : all) {
  const out = `${FOLDER}${path}.out`;
  const names = existsSync(out)
    ? [...readFileSync(out, 'latin1').matchAll(/^## (.*)$/gm)].map(([, name]) => name!)
    : [];
  const parts = OPTIONS.map((options) => {
    // Each packet's text begins with its time, by which text of several lines is told apart.
    const text = run([...options.split(' '), '-tt', '-r', `${FOLDER}${path}.pcap`], path);
    const packets = text.split(/^\d+\.\d{6} /m).slice(1);
    const named = packets.map((packet, i) => `## ${names[i] ?? `packet ${i + 1}`}\n${packet}`);
    return `# tcpdump ${version} ${options} -t\n${named.join('')}`;
  });
  writeFileSync(out, parts.join(''), 'latin1');
}

function run(args: readonly string[], path: string): string {
  const { stdout, stderr, error } = spawnSync('tcpdump', args, {
    encoding: 'latin1',
    env: { ...process.env, TZ: 'UTC' },
  });
  if (error !== undefined) throw error;
  if (stdout === '') throw new Error(`tcpdump printed nothing of ${path}: ${stderr}`);
  return stdout;
}

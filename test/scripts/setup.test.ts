// scripts/setup in a checkout of its own, on a machine whose package manager and npm are stand-ins that write down what
// they are asked for: the real ones would change the machine that the tests run on.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../support/nscap.ts';

const SETUP = fileURLToPath(new URL('../../scripts/setup', import.meta.url));
const LOCK = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

/** What the script itself uses. */
const UTILITIES = 'cat chmod chown cp dirname find grep mkdir mktemp mv rm sed sh touch'.split(' ');

/** Programs that a stand-in package brings. ip and ping say whose they are. */
const BRINGS: Record<string, string[]> = {
  iproute2: ['ip'],
  iproute: ['ip'],
  'iputils-ping': ['ping'],
  iputils: ['ping'],
  'util-linux': ['unshare', 'nsenter', 'mount'],
  mount: ['mount'],
  tcpdump: ['tcpdump'],
  tshark: ['tshark'],
  ncat: ['ncat'],
  'netcat-openbsd': ['nc.openbsd'],
  nftables: ['nft'],
  procps: ['sysctl'],
  python3: ['python3'],
  make: ['make'],
  // Its preprocessor finds the headers of libpcap where their package is installed.
  'g++': ['g++'],
  'libpcap-dev': ['pcap-headers'],
};
const SAYS: Record<string, string> = {
  ip: "echo 'ip utility, iproute2-6.1.0'",
  ping: "echo 'ping from iputils 20221126'",
  'g++': 'exec pcap-headers',
};

let folder: string;
let bin: string;
let checkout: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-setup-'));
  bin = join(folder, 'bin');
  checkout = join(folder, 'checkout');
  mkdirSync(bin);
  mkdirSync(join(checkout, 'scripts'), { recursive: true });
  mkdirSync(join(checkout, 'src'));
  cpSync(SETUP, join(checkout, 'scripts/setup'));
  for (const name of [
    'scripts/build.mjs',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'src/index.ts',
  ]) {
    writeFileSync(join(checkout, name), name.endsWith('.json') ? '{}' : '');
  }
  writeFileSync(
    join(checkout, 'package-lock.json'),
    JSON.stringify({
      packages: {
        '': {},
        'node_modules/koffi': { version: '3.0.0' },
        'node_modules/cap': { version: '1.0.0', optional: true },
        'node_modules/@koffi/native': {
          version: '3.0.0',
          optional: true,
          os: [process.platform],
          cpu: [process.arch],
        },
        'node_modules/@koffi/other': { version: '3.0.0', optional: true, os: ['aix'], cpu: ['ppc64'] },
      },
    }),
  );
  for (const name of UTILITIES) {
    const path = execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim();
    symlinkSync(path, join(bin, name));
  }
  symlinkSync(process.execPath, join(bin, 'node'));
  standIn('true', 'exit 0');
  for (const name of ['ip', 'ping']) standIn(name, 'echo BusyBox');
  standIn(
    'npm',
    `echo "npm $1 $2" >> ${folder}/asked
case "$*" in
  ci*) rm -rf node_modules; mkdir -p node_modules/koffi node_modules/@koffi/native; echo {} > node_modules/koffi/package.json
    echo {} > node_modules/@koffi/native/package.json; cap=
    if pcap-headers 2>/dev/null; then
      mkdir node_modules/cap; echo {} > node_modules/cap/package.json; : > node_modules/cap/index.js
      cap=',"node_modules/cap":{"version":"1.0.0"}'
    fi
    echo '{"packages":{"node_modules/koffi":{"version":"3.0.0"},"node_modules/@koffi/native":{"version":"3.0.0"}'"$cap"'}}' \
      > node_modules/.package-lock.json ;;
  *build*) rm -rf dist; mkdir dist; echo x > dist/nscap.js; echo x > dist/part.js ;;
esac`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function standIn(name: string, script: string): void {
  // First away with a link of this name: writing would go through it to the machine's own program.
  rmSync(join(bin, name), { force: true });
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** A package manager that brings the programs of the packages it is asked to install. */
function standInManager(name: string): void {
  const copies = Object.entries(BRINGS).map(([from, programs]) => {
    const commands = programs.map((program) => `cp ${folder}/brought-${program} ${bin}/${program}`);
    return `${from}) ${commands.join('; ')} ;;`;
  });
  for (const program of new Set(Object.values(BRINGS).flat())) {
    writeFileSync(join(folder, `brought-${program}`), `#!/bin/sh\n${SAYS[program] ?? ':'}\n`);
    chmodSync(join(folder, `brought-${program}`), 0o755);
  }
  standIn(
    name,
    `echo "${name} $*" >> ${folder}/asked
case "$*" in *--simulate*) exit 100 ;; esac
for word; do case $word in ${copies.join(' ')} esac; done`,
  );
}

const asked = () => (existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8') : '');

// No sbin directory of this machine holds ping or unshare, but Debian's holds ip: the first in PATH counts.
const setup = (...args: string[]) =>
  run('/bin/sh', [join(checkout, 'scripts/setup'), ...args], { env: { PATH: bin, HOME: folder } });

describe('scripts/setup', () => {
  test('as root on Debian: fetches the lists, installs, then npm ci and the build; the second time nothing', async () => {
    standInManager('apt-get');
    standIn('id', 'echo 0');
    const first = await setup();
    expect(first.stderr).toContain('setup: installing iproute2 iputils-ping');
    expect(first.status, first.stderr).toBe(0);
    expect(asked().replace(/.*--simulate.*\n/, '')).toMatch(
      /^apt-get \S+ \S+ update\napt-get \S+ \S+ install -y --no-install-recommends iproute2 iputils-ping (?:libpcap0.8 )?util-linux mount\nnpm ci .*\nnpm run .*\n$/,
    );
    rmSync(join(folder, 'asked'));
    expect(await setup()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(asked()).toBe('');
  });

  test.each([
    ['dnf', 'dnf install -y iproute iputils'],
    ['apk', 'apk add --update-cache iproute2 iputils'],
  ])('with %s', async (manager, command) => {
    standInManager(manager);
    standIn('id', 'echo 0');
    const { status, stderr } = await setup();
    expect(asked()).toContain(command);
    expect(status, stderr).toBe(0);
  });

  test('an ordinary user without sudo is told the one command, and nothing is done', async () => {
    standInManager('apt-get');
    standIn('id', 'echo 1000');
    const { status, stderr } = await setup('--test');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^setup: {3}su -c 'apt-get .* update && .*apt-get .* install -y .*iputils-ping.* tshark ncat netcat-openbsd/m,
    );
    expect(asked()).toMatch(/^apt-get install --simulate [^\n]*\n$/);
  });

  test('an ordinary user whose sudo asks for no password installs with it', async () => {
    standInManager('apt-get');
    standIn('id', 'echo 1000');
    standIn('sudo', `[ "$1" = -n ] || exit 9; shift; echo sudo >> ${folder}/asked; exec "$@"`);
    const { status, stderr } = await setup();
    expect(stderr).toContain('with sudo');
    expect(status, stderr).toBe(0);
    expect(asked()).toContain('sudo\napt-get');
  });

  test('a sudo that wants a password is not asked for one', async () => {
    standInManager('apt-get');
    standIn('id', 'echo 1000');
    standIn('sudo', 'echo "sudo: a password is required" >&2; exit 1');
    const { status, stderr } = await setup();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^setup: {3}sudo sh -c '.*'$/m);
  });

  test('without a package manager it names what is missing', async () => {
    const { status, stderr } = await setup();
    expect(status).toBe(1);
    expect(stderr).toMatch(/please install iproute2 iputils-ping .*there is no apt-get, dnf or apk/);
  });

  test.each([
    ['v18.20.4', 'setup: nscap needs Node 20 or newer, and this is Node 18.20.4: https://nodejs.org/\n'],
    [undefined, 'setup: Node.js is not installed; nscap needs Node 20 or newer: https://nodejs.org/\n'],
  ])('Node %s', async (version, sentence) => {
    rmSync(join(bin, 'node'));
    if (version !== undefined) standIn('node', `echo ${version}`);
    expect(await setup()).toMatchObject({ status: 1, stderr: sentence });
  });

  describe('with all packages there', () => {
    beforeEach(async () => {
      standInManager('apt-get');
      standIn('id', 'echo 0');
      await setup();
      rmSync(join(folder, 'asked'));
    });

    test('another version in package-lock.json calls for npm ci', async () => {
      const lock = { packages: { '': {}, 'node_modules/koffi': { version: '3.0.1' } } };
      writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify(lock));
      await setup();
      expect(asked()).toMatch(/^npm ci/);
    });

    test('a newer source calls for the build alone', async () => {
      const soon = Date.now() / 1000 + 10;
      utimesSync(join(checkout, 'src/index.ts'), soon, soon);
      await setup();
      expect(asked()).toMatch(/^npm run .*\n$/);
    });

    test('a home that can not be written to is no obstacle', async () => {
      rmSync(join(checkout, 'node_modules'), { recursive: true });
      const result = await run('/bin/sh', [join(checkout, 'scripts/setup')], { env: { PATH: bin } });
      expect(result.status, result.stderr).toBe(0);
    });
  });

  describe('what a test needs', () => {
    beforeEach(() => {
      standInManager('apt-get');
      standIn('id', 'echo 0');
    });
    const capLoads = () => existsSync(join(checkout, 'node_modules/cap/index.js'));
    const steps = () => asked().match(/^npm (ci|run)/gm);

    test('after the demo, which had no headers: they are installed and cap is built', async () => {
      expect(await setup()).toMatchObject({ status: 0 });
      expect(capLoads()).toBe(false);
      rmSync(join(folder, 'asked'));
      const { status, stderr } = await setup('--test');
      expect(status, stderr).toBe(0);
      expect(stderr).toMatch(/installing .*python3 make g\+\+ libpcap-dev/);
      expect(capLoads()).toBe(true);
      expect(steps()).toEqual(['npm ci', 'npm run']);
    });

    test('before the demo, which then has nothing to do', async () => {
      expect(await setup('--test')).toMatchObject({ status: 0 });
      expect(capLoads()).toBe(true);
      rmSync(join(folder, 'asked'));
      for (const args of [[], ['--test']])
        expect(await setup(...args)).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
      expect(asked()).toBe('');
    });

    test('cap that does not build is said, with the command that shows why', async () => {
      await setup('--test');
      standIn('pcap-headers', 'exit 1');
      standIn('g++', 'exit 0');
      rmSync(join(checkout, 'node_modules/cap'), { recursive: true });
      const { status, stderr } = await setup('--test');
      expect(status).toBe(1);
      expect(stderr).toMatch(/^setup: the package cap did not build; npm install .* shows why$/m);
    });

    test.each([
      ['the record of npm', 'node_modules/.package-lock.json', ['npm ci', 'npm run']],
      ['a package', 'node_modules/koffi/package.json', ['npm ci', 'npm run']],
      ['the part of a package that is for this machine', 'node_modules/@koffi/native', ['npm ci', 'npm run']],
      ['cap', 'node_modules/cap/index.js', ['npm ci', 'npm run']],
      ['a file of the build', 'dist/part.js', ['npm run']],
      ['the mark of a whole build', 'dist/.built', ['npm run']],
    ])('half made, without %s', async (_, lost, wanted) => {
      await setup('--test');
      rmSync(join(folder, 'asked'));
      rmSync(join(checkout, lost), { recursive: true });
      const { status, stderr } = await setup('--test');
      expect(status, stderr).toBe(0);
      expect(existsSync(join(checkout, lost))).toBe(true);
      expect(steps()).toEqual(wanted);
    });
  });

  test('an unknown option is refused', async () => {
    expect(await setup('--tset')).toMatchObject({ status: 2, stderr: expect.stringContaining("'--tset'") });
  });
});

test('package-lock.json has an entry for each package that it says another may need', () => {
  // npm leaves out what the registry at hand did not have, and `npm ci` then refuses the whole file.
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const candidates = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      expect(
        candidates.some((candidate) => candidate in packages),
        `${name}, which ${path} may need`,
      ).toBe(true);
    }
  }
});

// What is written: with which mode and for whom, and never over or into what somebody else has put in its place.
import {
  chmodSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Lab } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { PROGRAM, readableProgram, run } from '../support/nscap.ts';

const WALKTHROUGH = fileURLToPath(new URL('../../captures/walkthrough.pcap', import.meta.url));
const NOBODY = 65534;
/** Neither root nor the user who ran sudo. */
const OTHER = 1234;
const SUDO = [`SUDO_UID=${NOBODY}`, `SUDO_GID=${NOBODY}`, 'SUDO_USER=nobody'];

/** What writes a file, OUT. */
const WRITERS: [name: string, args: string[]][] = [
  ['capture', ['capture', '-w', 'OUT', '--duration', '50ms', 'a', 'veth0']],
  ['capture --pcapng', ['capture', '--pcapng', '-w', 'OUT', '--duration', '50ms', 'a', 'veth0']],
  ['drops', ['drops', '-w', 'OUT', '--duration', '50ms', 'a']],
  ['trace', ['trace', '-w', 'OUT', '--duration', '50ms', 'a:veth0', 'b:veth1', 'icmp']],
  ['read -w', ['read', '-w', 'OUT', WALKTHROUGH]],
  ['convert', ['convert', '--format', 'pcap', WALKTHROUGH, 'OUT']],
  ['follow -w', ['follow', WALKTHROUGH, '0', '-w', 'OUT']],
  ['report', ['report', '-o', 'OUT', WALKTHROUGH]],
  ['map --svg', ['map', '--svg', 'OUT']],
  ['analyze --junit', ['analyze', '--assert', 'retransmissions == 0', '--junit', 'OUT', WALKTHROUGH]],
];
/** Of these, files in which traffic is. */
const SECRET = WRITERS.filter(([name]) => !/svg|junit/.test(name));

describe.runIf(met('root'))('files', () => {
  let lab: Lab;
  /** A folder in which everybody may make files, and remove only their own. */
  let everybodys: string;
  let secret: string;
  let out: string;

  beforeAll(async () => {
    lab = await Lab.make();
    everybodys = lab.file('everybodys');
    secret = lab.file('secret');
    mkdirSync(everybodys);
    chmodSync(lab.folder, 0o711);
    chmodSync(everybodys, 0o1777);
  });
  afterAll(() => lab.remove());
  beforeEach(() => {
    writeFileSync(secret, 'secret\n', { mode: 0o644 });
    out = join(everybodys, 'out.pcapng');
  });

  function write(args: readonly string[], env: readonly string[] = []) {
    const words = args.map((word) => (word === 'OUT' ? out : word));
    // Without the kernel's own protection, which a system may not have.
    return lab.run('env', ...env, process.execPath, env.length > 0 ? readableProgram() : PROGRAM, ...words);
  }

  const PLANTED: [name: string, plant: () => unknown][] = [
    ['a symbolic link', () => symlinkSync(secret, out)],
    ['a link to nothing', () => symlinkSync(lab.file('made-by-link'), out)],
    ['a further name of a file', () => linkSync(secret, out)],
    ['a named pipe', () => run('mkfifo', [out])],
    ['a file', () => writeFileSync(out, 'of another\n')],
  ];

  test.each(WRITERS)('%s leaves what somebody else has planted', async (command, args) => {
    // There are two ways in which files come to be written: as a capture goes on, and as a whole.
    const kinds = command === 'capture' || command === 'convert' ? PLANTED : PLANTED.slice(0, 1);
    for (const [name, plant] of kinds) {
      await plant();
      // The owner of a hard link is that of its file.
      if (!name.startsWith('a further')) lchownSync(out, OTHER, OTHER);
      const before = lstatSync(out);
      const { status, stderr } = await write(args);
      expect(stderr, name).toContain(`${out} is not written: another user may have put it there`);
      expect(status, name).toBe(1);
      expect(lstatSync(out), name).toMatchObject({ ino: before.ino, mode: before.mode, size: before.size });
      expect(readFileSync(secret, 'utf8'), name).toBe('secret\n');
      expect(existsSync(lab.file('made-by-link')), name).toBe(false);
      expect(readdirSync(everybodys), 'no temporary file is left').toEqual(['out.pcapng']);
      rmSync(out);
    }
  });

  test.each(SECRET)('what %s writes is for its user alone', async (_, args) => {
    await write(args, SUDO);
    const { uid, gid, mode } = statSync(out);
    rmSync(out);
    expect([uid, gid, (mode & 0o777).toString(8)]).toEqual([NOBODY, NOBODY, '600']);
  });

  test('the files of a ring are not written through planted links', async () => {
    out = join(everybodys, 'ring');
    symlinkSync(secret, `${out}1`);
    lchownSync(`${out}1`, OTHER, OTHER);
    const args = ['capture', '-w', 'OUT', '-C', '1k', '-W', '3', 'a', 'veth0', 'udp'];
    const words = args.map((word) => (word === 'OUT' ? out : word));
    const running = await lab.capture(words.slice(1));
    await lab.send(50, 200);
    const { status, stderr } = await running.end();
    expect(stderr).toContain(`${out}1 is not written`);
    expect(status).toBe(1);
    expect(readFileSync(secret, 'utf8')).toBe('secret\n');
    // What was captured before is whole.
    const { stdout } = await run('tcpdump', ['-nr', `${out}0`]);
    expect(stdout).toContain('UDP');
    for (const name of readdirSync(everybodys)) rmSync(join(everybodys, name));
  });

  test('a file of root is not emptied for the user who ran sudo, but where root alone has the folder', async () => {
    const folder = lab.file('of-nobody');
    mkdirSync(folder);
    writeFileSync(join(folder, 'kept'), 'kept\n', { mode: 0o644 });
    lchownSync(folder, NOBODY, NOBODY);
    out = join(folder, 'kept');
    const refused = await write(WRITERS[0][1], SUDO);
    expect(refused.stderr).toMatch(/cannot write .*kept: permission denied/i);
    expect(readFileSync(out, 'utf8')).toBe('kept\n');
    out = lab.file('made-as-root.pcap');
    const made = await write(WRITERS[0][1], SUDO);
    expect(made.status, made.stderr).toBe(0);
    expect(statSync(out).uid).toBe(NOBODY);
  });

  test('a store, its folders and files are of their user alone', async () => {
    const store = lab.file('store');
    const { status, stderr } = await run(process.execPath, [
      PROGRAM,
      'store',
      'import',
      '--store',
      store,
      WALKTHROUGH,
    ]);
    expect(status, stderr).toBe(0);
    const modes = new Set<string>();
    for (const name of ['', ...(readdirSync(store, { recursive: true }) as string[])]) {
      const found = statSync(join(store, name));
      modes.add(`${found.isDirectory() ? 'folder' : 'file'} ${(found.mode & 0o777).toString(8)}`);
    }
    expect([...modes].sort()).toEqual(['file 600', 'folder 700']);
  });

  test('a store or a spool that somebody else has put where everybody writes takes no rows', async () => {
    const everybodys = lab.file('for-stores');
    mkdirSync(everybodys);
    chmodSync(everybodys, 0o1777);
    const target = lab.file('led-to');
    mkdirSync(target, { mode: 0o700 });
    const store = join(everybodys, 'store');
    mkdirSync(store, { mode: 0o777 });
    chmodSync(store, 0o777);
    const words = ['store', 'import', WALKTHROUGH, '--store'];
    for (const [where, plant] of [
      [store, () => lchownSync(store, 65534, 65534)],
      [`clickhouse://127.0.0.1:1/db?spool=${store}`, () => {}],
      // A store of one's own into which everybody may write: what lies in it is not followed.
      [
        store,
        () => {
          lchownSync(store, 0, 0);
          rmSync(join(store, 'captures'), { force: true });
          symlinkSync(target, join(store, 'captures'));
          lchownSync(join(store, 'captures'), 65534, 65534);
        },
      ],
    ] as [string, () => void][]) {
      plant();
      const { status, stderr } = await run(process.execPath, [PROGRAM, ...words, where]);
      expect(stderr, where).toContain('is not written: another user may have put it there');
      expect(status).toBe(1);
      expect(readdirSync(target)).toEqual([]);
    }
  });

  test('rows for an engine wait in the home folder of the user who ran sudo, and are the user’s', async () => {
    const home = lab.file('home');
    mkdirSync(home);
    lchownSync(home, NOBODY, NOBODY);
    writeFileSync(
      lab.file('passwd'),
      `root:x:0:0::/root:/bin/sh\nnobody:x:${NOBODY}:${NOBODY}::${home}:/bin/sh\n`,
    );
    // Nothing listens at port 1 of the host: the rows stay.
    const ended = lab.run(
      ...['unshare', '--mount', 'sh', '-c', 'mount --bind "$1" /etc/passwd; shift; exec "$@"', 'sh'],
      ...[lab.file('passwd'), 'env', ...SUDO, 'HOME=/nowhere', process.execPath, readableProgram()],
      ...['capture', '--store', 'clickhouse://127.0.0.1:1/db', '-c', '1', 'a', 'veth0'],
    );
    let isOver = false;
    ended.finally(() => {
      isOver = true;
    });
    while (!isOver) await lab.ping(1);
    const { stderr } = await ended;
    expect(stderr).toContain('cannot reach ClickHouse at 127.0.0.1:1');
    const spool = join(home, '.local/state/nscap/spool');
    expect(stderr).toContain(`wait in ${spool}/`);
    const names = readdirSync(spool, { recursive: true }) as string[];
    expect(names.filter((name) => name.endsWith('.parquet'))).not.toEqual([]);
    for (const name of names) expect(statSync(join(spool, name)).uid, name).toBe(NOBODY);
  });
});

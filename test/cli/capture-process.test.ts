// capture --process: whose the sockets at the ends of a packet's connection are.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commentsOf } from '../../src/file/pcapng-options.ts';
import { openFile } from '../../src/source/file.ts';
import { has } from '../support/needs.ts';
import { nscap } from '../support/nscap.ts';
import { Lab, type Running } from './capture-lab.ts';

/** Answers on TCP port 4100 and takes what comes to UDP port 4200, in b. */
const SERVER = `
  require('node:net').createServer((socket) => socket.on('data', (data) => socket.end(data))).listen(4100, () =>
    require('node:dgram').createSocket('udp4').bind(4200, () => console.log('ready')));`;
/** Sends a word once it is connected, and ends with the connection. */
const CLIENT = `
  const socket = require('node:net').connect(4100, '10.1.0.2', () => setTimeout(() => socket.write('word'), 200));
  socket.resume();`;
const DATAGRAM = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.send('word', 4200, '10.1.0.2', () => setTimeout(() => socket.close(), 200));`;

describe.runIf(has('netns'))('in a lab', () => {
  let lab: Lab;
  let server: Running;
  beforeAll(async () => {
    lab = await Lab.make();
    server = lab.start(['ip', 'netns', 'exec', 'b', process.execPath, '-e', SERVER]);
    await server.printed(/ready/);
  });
  afterAll(async () => {
    await server.stop('SIGKILL');
    lab.remove();
  });

  const client = (program: string) =>
    lab.start(['ip', 'netns', 'exec', 'a', process.execPath, '-e', program]).end();

  test('both ends, each in its namespace', async () => {
    const args = ['--process', 'a', '-i', 'veth0', '-i', 'b:veth1', 'tcp', 'port', '4100'];
    const capture = await lab.capture(args, {}, 2);
    await client(CLIENT);
    const { stdout } = await capture.stop();
    const data = stdout.split('\n').filter((line) => line.includes('length 4'));
    expect(
      data.some((line) => /\.4100: .*length 4 \[node\(\d+\) >\]$/.test(line)),
      stdout,
    ).toBe(true);
    expect(
      data.some((line) => /\.4100: .*length 4 \[> node\(\d+\)\]$/.test(line)),
      stdout,
    ).toBe(true);
    expect(
      data.some((line) => /10\.1\.0\.2\.4100 > .*length 4 \[node\(\d+\) >\]$/.test(line)),
      stdout,
    ).toBe(true);
  });

  test('in a pcapng file as comments; a datagram to a socket that has no other end', async () => {
    const file = lab.file('process.pcapng');
    const capture = await lab.capture(['--process', '-w', file, 'b', 'veth1', 'udp', 'port', '4200']);
    await client(DATAGRAM);
    expect(await capture.stop()).toMatchObject({ status: 0 });
    const source = await openFile(file);
    const batch = await source.next();
    expect(commentsOf(batch!, 0)).toEqual([expect.stringMatching(/^process: > node\(\d+\)$/)]);
    await source.close();
    const fields = await nscap([
      'read',
      file,
      '-T',
      'fields',
      '-e',
      'nscap.process',
      '-Y',
      'nscap.process contains "node"',
    ]);
    expect(fields).toMatchObject({ status: 0, stderr: '' });
    expect(fields.stdout).toMatch(/^> node\(\d+\)\n/);
  });

  test('pcap has no room for it', async () => {
    const capture = lab.start([
      process.execPath,
      ...lab.program,
      'capture',
      '--process',
      '-w',
      lab.file('x.pcap'),
      'b',
      'lo',
    ]);
    expect(await capture.end()).toMatchObject({ status: 2 });
  });
});

// What people and other programs write: lab files, addresses and routes, the calls of Wireshark, rows to be kept.
import { decoded, encoded, isCall, parseCall } from '../../../src/cli/extcap/call.ts';
import { NscapError } from '../../../src/errors.ts';
import { parseLab } from '../../../src/lab/file.ts';
import { parseTypedPrefix } from '../../../src/netns/prefix.ts';
import { parseRoute } from '../../../src/netns/route.ts';
import { Broken, bytes, LINES, type Target, TOKENS, textOf } from '../target.ts';

const LAB = `name: pair
namespaces:
  a:
    interfaces:
      eth0: { address: [10.0.0.1/24, 'fd00::1/64'] }
    routes: [default via 10.0.0.2]
    sysctls: { net.ipv4.ip_forward: 1 }
  b: &b
    interfaces: { eth0: { address: 10.0.0.2/24, mtu: 1400 } }
    listen: [7096]
links:
  - [a:eth0, b:eth0]
`;

export const lab: Target = {
  name: 'lab-file',
  about: 'lab files',
  structure: LINES,
  seeds: () => [bytes(LAB), bytes('{"namespaces":{"a":{},"b":{}},"links":[["a:x","b:y"]]}')],
  words: [
    '  ',
    '- ',
    '*b',
    '&c ',
    '!!binary ',
    '<<: *b\n',
    '[',
    ']',
    '{',
    '}',
    '? ',
    '|\n',
    '>-\n',
    '---\n',
    '...\n',
    '"\\x1b"',
    "''",
    '__proto__: {}\n',
    'constructor: 1\n',
    'name: ../x\n',
  ],
  run(input) {
    let spec: ReturnType<typeof parseLab>;
    try {
      spec = parseLab(textOf(input), 'lab.yaml');
    } catch (error) {
      if (error instanceof NscapError) return;
      throw error;
    }
    for (const name of Object.keys(spec.namespaces)) {
      if (!/^[A-Za-z0-9_][\w.-]*$/.test(name))
        throw new Broken(`a namespace of the name ${JSON.stringify(name)}`);
    }
  },
};

export const addresses: Target = {
  name: 'addresses',
  about: 'addresses, prefixes and routes in words',
  structure: TOKENS,
  seeds: () =>
    [
      '10.0.0.1/24',
      'fe80::1%eth0/64',
      '::ffff:10.0.0.1',
      'default via 10.0.0.1 dev eth0 metric 5',
      'blackhole 10.0.0.0/8 table 7',
      '10.0.0.0/8 via inet6 fe80::1 dev x onlink',
    ].map(bytes),
  words: ['/', '::', '%', ' dev ', ' via ', ' table ', '256', '-1', '0x1', '/129', ' unreachable '],
  run(input) {
    const text = textOf(input);
    for (const parse of [parseTypedPrefix, parseRoute]) {
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof NscapError)) throw error;
      }
    }
  },
};

export const extcap: Target = {
  name: 'extcap',
  about: "Wireshark's calls",
  structure: LINES,
  seeds: () => [
    bytes(
      '--capture\n--extcap-interface\nnscap-ns1:veth0\n--fifo\n/tmp/x\n--extcap-capture-filter\ntcp port 80\n--snaplen=96\n--direction=in\n--drops=true\n--namespaces\na,b%2c\n',
    ),
    bytes('--extcap-interfaces\n--extcap-version=4.0\n'),
    bytes('--extcap-reload-option\n--namespaces\n--extcap-interface=x\n--extcap-config\n'),
  ],
  words: ['--capture\n', '--fifo\n', '--extcap-dlts\n', '%00', '%2c', '}', '{value=', '=\n', '--\n'],
  run(input) {
    const words = textOf(input).split('\n');
    if (!isCall(words)) return;
    const call = parseCall(words);
    for (const word of [call.id, ...(call.namespaces ?? [])]) {
      if (decoded(encoded(word)) !== word)
        throw new Broken(`${JSON.stringify(word)} is another word once encoded`);
      if (/[{}\n]/.test(encoded(word))) throw new Broken(`${JSON.stringify(word)} leaves its sentence`);
    }
  },
};

// The JSON Schema (draft 7) of lab files. `nscap lab schema` prints it; schema/lab.schema.json is that, for editors.

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const mtu = (description: string) => ({ type: 'integer', minimum: 68, maximum: 65535, description }) as const;

const shape = {
  type: 'object',
  description: 'What its packets suffer when it sends them: tbf for a rate alone, netem for the rest.',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    delay: text('As tc reads a time: 10ms.'),
    jitter: text('Spread of the delay: 2ms.'),
    loss: text('Share of packets lost: 1%.'),
    duplicate: text('Share of packets sent twice.'),
    reorder: text('Share of packets sent without the delay.'),
    corrupt: text('Share of packets with a bit changed.'),
    rate: text('As tc reads a rate: 10mbit.'),
    burst: text('Size of the token bucket; 32kb unless given.'),
    latency: text('The longest a packet may wait for the rate; 400ms unless given.'),
  },
  dependencies: { jitter: ['delay'], reorder: ['delay'], burst: ['rate'], latency: ['rate'] },
} as const;

const device = {
  type: ['object', 'null'],
  description: 'The end of a link, unless bridge or vlan makes it one of those.',
  additionalProperties: false,
  properties: {
    addresses: { type: 'array', items: text('ADDRESS/PREFIX'), description: '10.0.1.1/24, fd00::1/64' },
    mtu: mtu('Bytes.'),
    up: { type: 'boolean', description: 'Up unless false.' },
    mac: {
      type: 'string',
      pattern: '^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$',
      description: 'Link-layer address: 02:00:00:00:00:01.',
    },
    bridge: {
      type: 'array',
      items: text('An interface of this namespace.'),
      description: 'Its ports: makes it a bridge.',
    },
    vlan: {
      type: 'object',
      description: 'Makes it a VLAN (802.1Q).',
      additionalProperties: false,
      required: ['id', 'on'],
      properties: {
        id: { type: 'integer', minimum: 1, maximum: 4094 },
        on: text('The interface below.'),
      },
    },
    shape,
  },
} as const;

const namespace = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    interfaces: { type: 'object', additionalProperties: device, description: 'By name. lo is up by itself.' },
    routes: {
      type: 'array',
      items: text(
        'The arguments of ip route add: 10.0.2.0/24 via 10.0.1.1, default dev veth0, blackhole 10.9.0.0/16.',
      ),
    },
    sysctls: {
      type: 'object',
      additionalProperties: { type: ['string', 'integer'] },
      description: 'net.* settings: net.ipv4.ip_forward: 1.',
    },
    firewall: text('A ruleset as nft reads it.'),
    listeners: {
      type: 'array',
      items: { type: ['string', 'integer'] },
      description: 'TCP ports, or ADDRESS:PORT, on which a server that answers with what it is sent listens.',
    },
  },
} as const;

export const LAB_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'A lab of nscap: network namespaces with cables between them',
  type: 'object',
  additionalProperties: false,
  required: ['namespaces'],
  properties: {
    name: text("The lab's own name; by default that of the file."),
    namespaces: {
      type: 'object',
      additionalProperties: namespace,
      minProperties: 1,
      description: 'By name.',
    },
    links: {
      type: 'array',
      items: {
        type: 'object',
        description: 'A cable: a veth pair.',
        additionalProperties: false,
        required: ['ends'],
        properties: {
          ends: {
            type: 'array',
            items: { type: 'string', pattern: '^[^:]+:[^:]+$', description: 'NAMESPACE:INTERFACE' },
            minItems: 2,
            maxItems: 2,
          },
          mtu: mtu('Bytes, of both ends.'),
        },
      },
    },
  },
} as const;

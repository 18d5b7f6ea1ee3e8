// The always-on case: a capture on each host that writes into a store, as a systemd unit and as a Kubernetes DaemonSet.
import { stringify } from 'yaml';
import type { ClickhouseTarget } from './target.ts';

export interface Deployment {
  /** As --store takes it; its spool and the file of certificates are where the deployment puts them. */
  target: ClickhouseTarget;
  /** What is captured besides SYN, FIN and RST; empty for nothing more. */
  filter: string;
  interface: string;
  /** Percent of a processor. */
  cpu: number;
  /** Megabytes. */
  memory: number;
  /** Megabytes of the spool. */
  disk: number;
}

/** Every connection's begin and end, which rows of connections need at least; `tcp[…]` is of IPv4 only. */
const CONTROL = 'tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0 or (ip6 proto 6 and ip6[53] & 7 != 0)';
const STATE = '/var/lib/nscap';
/** Connections that a megabyte of memory follows: about 700 bytes each, and as much again for rows that wait. */
const CONNECTIONS_PER_MB = 400;
/** Megabytes that nscap takes before the first packet. */
const BASE_MB = 120;

/** The filter: without what is sent to the engine itself, which would be rows about rows. */
export function deployedFilter({ filter, target }: Deployment): string {
  const wanted = filter === '' ? CONTROL : `(${CONTROL}) or (${filter})`;
  const own = target.endpoints.map(({ host, port }) =>
    /^[\d.]+$|:/.test(host) ? `(host ${host} and tcp port ${port})` : `tcp port ${port}`,
  );
  return `(${wanted}) and not (${own.join(' or ')})`;
}

/** The arguments of nscap. */
export function deployedArguments(deployment: Deployment, ca: string | undefined): string[] {
  const { target, memory, disk, interface: device } = deployment;
  const [place] = target.text.split('?');
  const parameters = [
    `spool=${STATE}/spool`,
    `spool_size=${disk}M`,
    ...(ca === undefined ? [] : [`ca=${ca}`]),
  ];
  const connections = Math.max(1000, (memory - BASE_MB) * CONNECTIONS_PER_MB);
  return [
    ...['capture', '-q', '-p', '-s', '128', '--max-connections', String(connections)],
    ...['--store', `${place}?${parameters.join('&')}`, 'host', device],
    deployedFilter(deployment),
  ];
}

/** A word of ExecStart: quoted for systemd, whose specifiers are doubled. */
function unitWord(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A systemd unit; `program` is what runs nscap. */
export function systemdUnit(deployment: Deployment, program: readonly string[]): string {
  const { cpu, memory, target } = deployment;
  const ca = target.ca;
  const words = [...program, ...deployedArguments(deployment, ca)].map(unitWord);
  return `# nscap: TCP connections of this host as rows. Made by nscap store unit; install as /etc/systemd/system/nscap.service.
# User and password: /etc/nscap/clickhouse.json, {"user": "…", "password": "…"}, which only root may read.
[Unit]
Description=nscap: TCP connections as rows
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${words.join(' ')}
LoadCredential=clickhouse.json:/etc/nscap/clickhouse.json
Environment=NSCAP_CLICKHOUSE_CREDENTIALS=%d/clickhouse.json
KillSignal=SIGINT
TimeoutStopSec=30
Restart=always
RestartSec=10

# What it may take. Where it falls behind, packets are lost and counted, and nobody else is slowed down.
CPUQuota=${cpu}%
CPUWeight=20
MemoryMax=${memory}M
TasksMax=64
IOWeight=20

# CAP_NET_RAW opens the packet socket. There is no other: no interface is changed, and no other namespace entered.
DynamicUser=yes
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes
StateDirectory=nscap
StateDirectoryMode=0700
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_PACKET AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`;
}

const NAME = 'nscap';
const CREDENTIALS = '/etc/nscap';

/** A DaemonSet; `image` has nscap as its entry point's program. */
export function daemonSet(deployment: Deployment, image: string): string {
  const { cpu, memory, disk, target } = deployment;
  const ca = target.ca === undefined ? undefined : `${CREDENTIALS}/ca.pem`;
  const labels = { 'app.kubernetes.io/name': NAME };
  const container = {
    name: NAME,
    image,
    command: ['nscap'],
    args: deployedArguments(deployment, ca),
    env: [{ name: 'NSCAP_CLICKHOUSE_CREDENTIALS', value: `${CREDENTIALS}/clickhouse.json` }],
    securityContext: {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    resources: {
      requests: { cpu: `${Math.ceil(cpu / 4) * 10}m`, memory: `${Math.ceil(memory / 2)}Mi` },
      limits: { cpu: `${cpu * 10}m`, memory: `${memory}Mi`, 'ephemeral-storage': '64Mi' },
    },
    volumeMounts: [
      { name: 'state', mountPath: STATE },
      { name: 'credentials', mountPath: CREDENTIALS, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: NAME, labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: { labels },
        spec: {
          // The node's interfaces, and its name as the host of the rows.
          hostNetwork: true,
          dnsPolicy: 'ClusterFirstWithHostNet',
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 30,
          tolerations: [{ operator: 'Exists' }],
          containers: [container],
          volumes: [
            // What waits outlives the pod.
            { name: 'state', hostPath: { path: STATE, type: 'DirectoryOrCreate' } },
            { name: 'credentials', secret: { secretName: NAME, defaultMode: 0o400 } },
            { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
          ],
        },
      },
    },
  };
  return `# nscap: TCP connections of each node as rows; up to ${disk} MB wait in ${STATE} of the node. Made by nscap store daemonset.
#   kubectl create secret generic ${NAME} --from-file=clickhouse.json${ca === undefined ? '' : ' --from-file=ca.pem'}
${stringify(manifest, { lineWidth: 0 })}`;
}

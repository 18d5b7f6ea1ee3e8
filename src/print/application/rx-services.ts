// The services of AFS that calls of Rx reach: names of their operations, and what calls and replies hold.
import type { Names } from '../engine/names.ts';

/**
 * What an operation's arguments print as: text, in which % and a letter stand for what lies in the packet, each behind a
 * space: F a file's identifier, I and U a number with and without sign, L one of 64 bits, D a date, S a string, V a
 * string of one character a word, A what is stored of a file's state, B a version of Ubik, G a UUID, R a server. Other
 * letters stand for what only one operation has: see `ARGUMENTS` in rx.ts.
 */
export type Formats = ReadonlyMap<number, string>;

export interface Service {
  /** In what is printed, and in the mark of what is cut off. */
  readonly name: string;
  readonly operations: Names;
  readonly calls: Formats;
  readonly replies: Formats;
  /** Bytes of a string, at most. */
  readonly longest: number;
  /** Kept on several servers, which agree by calls of Ubik. */
  readonly replicated: boolean;
  /** Names of errors, where it has any. */
  readonly errors?: Names;
}

function numbered(first: number, names: string, ...more: readonly (readonly [number, string])[]): Names {
  return new Map([...names.split(' ').map((name, i) => [first + i, name] as const), ...more]);
}

function formats(entries: readonly (readonly [operations: readonly number[], format: string])[]): Formats {
  return new Map(entries.flatMap(([operations, format]) => operations.map((one) => [one, format] as const)));
}

const NONE: Formats = new Map();

const FILES: Service = {
  name: 'fs',
  operations: numbered(
    130,
    'fetch-data fetch-acl fetch-status store-data store-acl store-status remove-file create-file rename symlink link makedir rmdir oldsetlock oldextlock oldrellock get-stats give-cbs get-vlinfo get-vlstats set-vlstats get-rootvl check-token get-time nget-vlinfo bulk-stat setlock extlock rellock xstat-ver get-xstat dfs-lookup dfs-flushcps dfs-symlink',
    [220, 'residency'],
    [65_536, 'inline-bulk-status'],
    [65_537, 'fetch-data-64'],
    [65_538, 'store-data-64'],
    [65_539, 'give-up-all-cbs'],
    [65_540, 'get-caps'],
    [65_541, 'cb-rx-conn-addr'],
  ),
  calls: formats([
    [[130], '%F offset%U length%U'],
    [[131, 132, 143, 144, 145, 156, 157, 158], '%F'],
    [[133], '%F%A offset%U length%U flen%U'],
    [[134], '%F%a'],
    [[135], '%F%A'],
    [[136, 142], '%F%S'],
    [[137, 141], '%F%S%A'],
    [[138], ' old%F%S new%F%S'],
    [[139], '%F%S link to%S'],
    [[140], '%F%S link to%F'],
    [[148], '%S'],
    [[149, 150], ' volid%U'],
    [[154], ' volname%S'],
    [[155, 65_536], '%f'],
    [[65_537], '%F offset%L length%L'],
    [[65_538], '%F%A offset%L length%L flen%L'],
    [[65_541], ' addr%U'],
  ]),
  replies: formats([
    [[131], '%a'],
    [[137, 141], ' new%F'],
    [[151], ' root volume%S'],
    [[153], '%D'],
  ]),
  longest: 256,
  replicated: false,
  errors: new Map([
    ...[
      'salvage volume',
      'no such vnode',
      'no such volume',
      'volume exist',
      'no service',
      'volume offline',
      'voline online',
      'diskfull',
      'diskquota exceeded',
      'volume busy',
      'volume moved',
      'AFS IO error',
    ].map((name, i) => [101 + i, name] as const),
    [-100, 'restarting fileserver'],
  ]),
};

const CALLBACKS: Service = {
  name: 'cb',
  operations: numbered(
    204,
    'callback initcb probe getlock getce xstatver getxstat initcb2 whoareyou initcb3 probeuuid getsrvprefs getcellservdb getlocalcell getcacheconf',
    [65_536, 'getce64'],
    [65_537, 'getcellbynum'],
    [65_538, 'tellmeaboutyourself'],
  ),
  calls: formats([
    [[204], '%f%c'],
    [[214], ' afsuuid%G'],
  ]),
  replies: formats([[[213], '%G']]),
  longest: 256,
  replicated: false,
};

const PROTECTION: Service = {
  name: 'pt',
  operations: numbered(
    500,
    'new-user where-is-it dump-entry add-to-group name-to-id id-to-name delete remove-from-group get-cps new-entry list-max set-max list-entry change-entry list-elements same-mbr-of set-fld-sentry list-owned get-cps2 get-host-cps update-entry list-entries',
    [530, 'list-super-groups'],
  ),
  calls: formats([
    [[500], '%S id%I oldid%I'],
    [[501, 506, 508, 512, 514, 517, 518, 519, 530], ' id%I'],
    [[502], ' pos%I'],
    [[503, 507, 515], ' uid%I gid%I'],
    [[504], '%v'],
    [[505], ' ids:%i'],
    [[509], '%S flag%I oid%I'],
    [[511], ' id%I gflag%I'],
    [[513], ' id%I%S oldid%I newid%I'],
    [[520], ' id%I%S'],
  ]),
  replies: formats([
    [[504], ' ids:%i'],
    [[505], '%v'],
    [[508, 514, 517, 518, 519], '%i'],
    [[510], ' maxuid%I maxgid%I'],
  ]),
  longest: 64,
  replicated: true,
};

const LOCATIONS: Service = {
  name: 'vldb',
  operations: numbered(
    501,
    'create-entry delete-entry get-entry-by-id get-entry-by-name get-new-volume-id replace-entry update-entry setlock releaselock list-entry list-attrib linked-list get-stats probe get-addrs change-addr create-entry-n get-entry-by-id-n get-entry-by-name-n replace-entry-n list-entry-n list-attrib-n linked-list-n update-entry-by-name create-entry-u get-entry-by-id-u get-entry-by-name-u replace-entry-u list-entry-u list-attrib-u linked-list-u regaddr get-addrs-u list-attrib-n2',
  ),
  calls: formats([
    [[501, 517], '%V'],
    [[502, 503, 507, 508, 509, 518], ' volid%I%t'],
    [[504, 519, 524, 527], '%S'],
    [[505], ' bump%I'],
    [[506, 520], ' volid%I%t%V'],
    [[510, 521], ' index%I'],
  ]),
  replies: formats([
    [[503, 504], '%8 rwvol%U rovol%U backup%U'],
    [[510], ' count%I nextindex%I%8 rwvol%U rovol%U backup%U'],
    [[505], ' newvol%U'],
    [[518, 519], '%N rwvol%U rovol%U backup%U'],
    [[521, 529], ' count%I nextindex%I%N rwvol%U rovol%U backup%U'],
    [[526, 527], '%M rwvol%U rovol%U backup%U'],
  ]),
  longest: 65,
  replicated: true,
};

const AUTHENTICATION: Service = {
  name: 'kauth',
  operations: new Map([
    ...numbered(
      1,
      'auth-old change-pw get-ticket-old set-pw set-fields create-user delete-user get-entry list-entry get-stats debug get-pw get-random-key unlock lock-status',
    ),
    ...numbered(21, 'authenticate authenticate-v2 get-ticket'),
  ]),
  calls: formats([
    [[1, 2, 5, 6, 7, 8, 14, 15, 21, 22], ' principal%S%S'],
    [[3, 23], ' kvno%I domain%S%o principal%S%S'],
    [[4], ' principal%S%S kvno%I'],
    [[12], ' name%S'],
  ]),
  replies: NONE,
  longest: 64,
  replicated: true,
};

const VOLUMES: Service = {
  name: 'vol',
  operations: numbered(
    100,
    'create-volume delete-volume restore forward end-trans clone set-flags get-flags trans-create dump get-nth-volume set-forwarding get-name get-status sig-restore list-partitions list-volumes set-id-types monitor partition-info reclone list-one-volume nuke set-date x-list-volumes x-list-one-volume set-info x-list-partitions forward-multiple',
    [65_536, 'convert-ro'],
    [65_537, 'get-size'],
    [65_538, 'dump-v2'],
  ),
  calls: formats([
    [[100], ' partition%U name%S type%U parent%U'],
    [[101, 104, 107], ' trans%U'],
    [[102], ' totrans%U flags%U'],
    [[103], ' fromtrans%U fromdate%D%R desttrans%I'],
    [[105], ' trans%U purgevol%U newtype%U newname%S'],
    [[106], ' trans%U flags%U'],
    [[108], ' vol%U partition%U flags%U'],
    // tcpdump means get-size, but has another number.
    [[109, 655_537], ' fromtrans%U fromdate%D'],
    [[110], ' index%U'],
    [[111], ' tid%U newsite%U'],
    [[112, 113], ' tid'],
    [[114], ' name%S type%U pid%U cloneid%U'],
    [[116], ' partition%U flags%U'],
    [[117], ' tid%U name%S type%U pid%U clone%U backup%U'],
    [[119], ' name%S'],
    [[120, 126], ' tid%U'],
    [[121, 122, 124, 125, 65_536], ' partid%U volid%U'],
    [[123], ' tid%U date%D'],
    [[128], ' fromtrans%U fromdate%D%r'],
    [[65_538], ' fromtrans%U fromdate%D flags%U'],
  ]),
  replies: formats([
    [[100], ' volid%U trans%U'],
    [[104, 107], '%U'],
    [[105], ' newvol%U'],
    [[108], ' trans%U'],
    [[110], ' volume%U partition%U'],
    [[112], '%S'],
    [
      [113],
      ' volid%U nextuniq%U type%U parentid%U clone%U backup%U restore%U maxquota%U minquota%U owner%U create%D access%D update%D expire%D backup%D copy%D',
    ],
    [[116, 121], '%l'],
  ]),
  longest: 256,
  replicated: false,
};

const OVERSEER: Service = {
  name: 'bos',
  operations: numbered(
    80,
    'create-bnode delete-bnode set-status get-status enumerate-instance get-instance-info get-instance-parm add-superuser delete-superuser list-superusers list-keys add-key delete-key set-cell-name get-cell-name get-cell-host add-cell-host delete-cell-host set-t-status shutdown-all restart-all startup-all set-noauth-flag re-bozo restart start-bozo-install uninstall get-dates exec prune set-restart-time get-restart-time start-bozo-log wait-all get-instance-strings get-restricted set-restricted',
  ),
  calls: formats([
    [[80], ' type%S instance%S'],
    [[81, 83, 85, 87, 88, 93, 96, 97, 104, 106, 108, 112, 114], '%S'],
    [[82, 98], '%S status%I'],
    [[86], '%S num%I'],
    [[84, 89, 90, 91, 92, 95], '%I'],
    [[105], '%S size%I flags%I date%I'],
  ]),
  replies: NONE,
  longest: 256,
  replicated: false,
};

/** By port. */
export const SERVICES: ReadonlyMap<number, Service> = new Map([
  [7000, FILES],
  [7001, CALLBACKS],
  [7002, PROTECTION],
  [7003, LOCATIONS],
  [7004, AUTHENTICATION],
  [7005, VOLUMES],
  [7007, OVERSEER],
]);

/** Calls by which replicated databases agree. */
export const UBIK: Service = {
  name: 'ubik',
  operations: new Map([
    ...numbered(
      10_000,
      'vote-beacon vote-debug-old vote-sdebug-old vote-getsyncsite vote-debug vote-sdebug vote-xdebug vote-xsdebug',
    ),
    ...numbered(
      20_000,
      'disk-begin disk-commit disk-lock disk-write disk-getversion disk-getfile disk-sendfile disk-abort disk-releaselocks disk-truncate disk-probe disk-writev disk-interfaceaddr disk-setversion',
    ),
  ]),
  calls: formats([
    [[10_000], '%s votestart%D dbversion%B tid%B'],
    [[10_003], ' site%U'],
    [[20_000, 20_001, 20_007, 20_008, 20_010], ' tid%B'],
    [[20_002], ' tid%B file%I pos%I length%I%k'],
    [[20_003], ' tid%B file%I pos%I'],
    [[20_005], ' file%I'],
    [[20_006], ' file%I length%I dbversion%B'],
    [[20_009], ' tid%B file%I length%I'],
    [[20_012], ' tid%B oldversion%B newversion%B'],
  ]),
  replies: formats([
    [[10_000], ' vote no'],
    [[20_004], ' dbversion%B'],
  ]),
  longest: 256,
  replicated: false,
};

// What tcpdump 4.99.3 -n -t prints of the packets in samples-more.ts, one after the other.

/** Name and text. */
export const LINES: readonly (readonly [string, string])[] = [
  ['NFS null', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 0 40 null'],
  ['NFS null, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 0 reply ok 24 null'],
  [
    'NFS getattr',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 1 60 getattr fh Unkn/010006014B0E86040000000A0000002C',
  ],
  [
    'NFS getattr, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 1 reply ok 112 getattr DIR 40755 ids 0/0 sz 4096',
  ],
  [
    'NFS setattr',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 2 116 setattr fh Unkn/010006014B0E86040000000A0000002C',
  ],
  ['NFS setattr, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 2 reply ok 144 setattr'],
  [
    'NFS lookup',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 3 72 lookup fh Unkn/010006014B0E86040000000A0000002C "hello"',
  ],
  [
    'NFS lookup, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 3 reply ok 224 lookup fh Unkn/010006014B0E86040000000A0000002C',
  ],
  [
    'NFS lookup of nothing',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 4 72 lookup fh Unkn/010006014B0E86040000000A0000002C "hello"',
  ],
  [
    'NFS lookup of nothing, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 4 reply ok 116 lookup ERROR: No such file or directory',
  ],
  [
    'NFS access',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 5 64 access fh Unkn/010006014B0E86040000000A0000002C NFS_ACCESS_READ|NFS_ACCESS_LOOKUP|NFS_ACCESS_MODIFY|NFS_ACCESS_EXTEND|NFS_ACCESS_DELETE',
  ],
  ['NFS access, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 5 reply ok 120 access c 001f'],
  [
    'NFS readlink',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 6 60 readlink fh Unkn/010006014B0E86040000000A0000002C',
  ],
  [
    'NFS readlink, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 6 reply ok 128 readlink "hello"',
  ],
  [
    'NFS read',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 7 72 read fh Unkn/010006014B0E86040000000A0000002C 512 bytes @ 4096',
  ],
  ['NFS read, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 7 reply ok 140 read'],
  [
    'NFS write',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 8 88 write fh Unkn/010006014B0E86040000000A0000002C 512 (512) bytes @ 4096',
  ],
  ['NFS write, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 8 reply ok 160 write'],
  [
    'NFS create',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 9 128 create fh Unkn/010006014B0E86040000000A0000002C "hello"',
  ],
  [
    'NFS create, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 9 reply ok 256 create fh Unkn/010006014B0E86040000000A0000002C',
  ],
  [
    'NFS mkdir',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 10 128 mkdir fh Unkn/010006014B0E86040000000A0000002C "hello"',
  ],
  [
    'NFS mkdir, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 10 reply ok 144 mkdir ERROR: File exists',
  ],
  [
    'NFS symlink',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 11 140 symlink fh Unkn/010006014B0E86040000000A0000002C "hello" ->"hello"',
  ],
  ['NFS symlink, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 11 reply ok 40 symlink'],
  [
    'NFS mknod',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 12 140 mknod fh Unkn/010006014B0E86040000000A0000002C "hello" CHR',
  ],
  [
    'NFS mknod, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 12 reply ok 256 mknod fh Unkn/010006014B0E86040000000A0000002C',
  ],
  [
    'NFS remove',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 13 72 remove fh Unkn/010006014B0E86040000000A0000002C "hello"',
  ],
  ['NFS remove, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 13 reply ok 144 remove'],
  [
    'NFS rmdir',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 14 72 rmdir fh Unkn/010006014B0E86040000000A0000002C "hello"',
  ],
  [
    'NFS rmdir, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 14 reply ok 144 rmdir ERROR: Directory not empty',
  ],
  [
    'NFS rename',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 15 104 rename fh Unkn/010006014B0E86040000000A0000002C "hello" -> fh Unkn/010006014B0E86040000000A0000002C "hello"',
  ],
  ['NFS rename, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 15 reply ok 260 rename'],
  [
    'NFS link',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 16 92 link fh Unkn/010006014B0E86040000000A0000002C -> fh Unkn/010006014B0E86040000000A0000002C "hello"',
  ],
  ['NFS link, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 16 reply ok 232 link'],
  [
    'NFS readdir',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 17 80 readdir fh Unkn/010006014B0E86040000000A0000002C 4096 bytes @ 0',
  ],
  ['NFS readdir, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 17 reply ok 132 readdir'],
  [
    'NFS readdirplus',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 18 84 readdirplus fh Unkn/010006014B0E86040000000A0000002C 512 bytes @ 0',
  ],
  [
    'NFS readdirplus, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 18 reply ok 132 readdirplus',
  ],
  [
    'NFS fsstat',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 19 60 fsstat fh Unkn/010006014B0E86040000000A0000002C',
  ],
  [
    'NFS fsstat, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 19 reply ok 168 fsstat tbytes 1 fbytes 2 abytes 3',
  ],
  [
    'NFS fsinfo',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 20 60 fsinfo fh Unkn/010006014B0E86040000000A0000002C',
  ],
  [
    'NFS fsinfo, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 20 reply ok 164 fsinfo rtmax 1 rtpref 2 wtmax 4 wtpref 5 dtpref 7',
  ],
  [
    'NFS pathconf',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 21 60 pathconf fh Unkn/010006014B0E86040000000A0000002C',
  ],
  [
    'NFS pathconf, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 21 reply ok 140 pathconf linkmax 32000 namemax 255 notrunc  igncase keepcase',
  ],
  [
    'NFS commit',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 22 72 commit fh Unkn/010006014B0E86040000000A0000002C 512 bytes @ 4096',
  ],
  ['NFS commit, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 22 reply ok 152 commit'],
  ['NFS getattr of version 2', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 23 72 getattr fh 8,1/12'],
  [
    'NFS getattr of version 2, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 23 reply ok 96 getattr REG 100644 ids -1/100 sz 1234',
  ],
  [
    'NFS lookup of version 2',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 24 84 lookup fh 8,1/12 "hello"',
  ],
  [
    'NFS lookup of version 2, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 24 reply ok 128 lookup fh 8,1/12',
  ],
  [
    'NFS readlink of version 2',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 25 72 readlink fh 8,1/12',
  ],
  [
    'NFS readlink of version 2, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 25 reply ok 40 readlink "hello"',
  ],
  [
    'NFS read of version 2',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 26 84 read fh 8,1/12 4096 bytes @ 512',
  ],
  ['NFS read of version 2, answered', 'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 26 reply ok 96 read'],
  [
    'NFS write of version 2',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 27 92 write fh 8,1/12 4 (0) bytes @ 512 (0)',
  ],
  [
    'NFS write of version 2, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 27 reply ok 96 write',
  ],
  [
    'NFS readdir of version 2',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 28 80 readdir fh 8,1/12 512 bytes @ 0',
  ],
  [
    'NFS readdir of version 2, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 28 reply ok 40 readdir offset 0x1 size 512  eof',
  ],
  ['NFS statfs of version 2', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 29 72 fsstat fh 8,1/12'],
  [
    'NFS statfs of version 2, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 29 reply ok 48 fsstat tsize 8192 bsize 512 blocks 100 bfree 50 bavail 40',
  ],
  ['NFS procedure nobody knows', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 30 40 proc-30'],
  [
    'NFS procedure nobody knows, answered',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 30 reply ok 28 proc-30',
  ],
  [
    'NFS mismatch',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 99 reply ERR 24: RPC Version mismatch (2-2)',
  ],
  [
    'NFS authentication',
    'IP 192.0.2.2.2049 > 192.0.2.1.900: NFS reply xid 99 reply ERR 20: Auth Credentials are too weak',
  ],
  [
    'NFS over TCP',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: Flags [P.], seq 1:65, ack 1, win 512, length 64: NFS request xid 153 60 getattr fh Unkn/010006014B0E86040000000A0000002C',
  ],
  ['NFS handle 0', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 200 60 getattr fh 1,2/44'],
  ['NFS handle 1', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 201 60 getattr fh 48,65536/738197504'],
  ['NFS handle 2', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 202 60 getattr fh 1,3/201326592'],
  ['NFS handle 3', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 203 60 getattr fh 1,3/44'],
  ['NFS handle 4', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 204 60 getattr fh 3,1/738197504'],
  ['NFS handle 5', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 205 68 getattr fh 3,1/873594880'],
  ['NFS handle 6', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 206 68 getattr fh 64,196608/44'],
  [
    'NFS handle 7',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 207 68 getattr fh Unknow/0103000000001234000000000000002C0000000000FF00FF',
  ],
  [
    'NFS handle 8',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 208 60 getattr fh 80,262913/738197504',
  ],
  ['NFS handle 9', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 209 60 getattr fh 1,197637/44'],
  ['NFS handle 10', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 210 60 getattr fh 64,197637/44'],
  ['NFS handle 11', 'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 211 72 getattr fh hello/117965827'],
  [
    'NFS handle 12',
    'IP 192.0.2.1.900 > 192.0.2.2.2049: NFS request xid 212 56 getattr fh Unk/0103040500001234000B0000',
  ],
  ['BFD control', 'IP 192.0.2.1.49153 > 192.0.2.2.3784: BFDv1, Control, State Up, Flags: [none], length: 24'],
  [
    'BFD multihop with password',
    'IP 192.0.2.1.49152 > 192.0.2.2.4784: BCM-LI-SHIM: direction unused, pkt-type unknown, pkt-subtype unknown, li-id 262945',
  ],
  [
    'BFD LAG with MD5',
    'IP 192.0.2.1.49152 > 192.0.2.2.6784: BCM-LI-SHIM: direction unused, pkt-type unknown, pkt-subtype unknown, li-id 262960',
  ],
  [
    'BFD with SHA1',
    'IP 192.0.2.1.49152 > 192.0.2.2.3784: BCM-LI-SHIM: direction unused, pkt-type unknown, pkt-subtype single VLAN tag, li-id 262964',
  ],
  [
    'BFD version 0',
    'IP 192.0.2.1.49153 > 192.0.2.2.3784: BFDv0, Control, Flags: [I Hear You, Demand, Authentication Present], length: 28',
  ],
  ['BFD version 3', 'IP 192.0.2.1.49153 > 192.0.2.2.3784: BFDv3, Control, length: 24'],
  ['BFD echo', 'IP 192.0.2.1.3785 > 192.0.2.2.3785: BFD, Echo, length: 8'],
  [
    'PTP message 0',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : sync msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, originTimeStamp : 1722487348 seconds, 999999999 nanoseconds',
  ],
  [
    'PTP message 1',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : delay req msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, originTimeStamp : 1722487348 seconds, 999999999 nanoseconds',
  ],
  [
    'PTP message 2',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : peer delay req msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, preciseOriginTimeStamp : 1722487348 seconds, 999999999 nanoseconds, port identity : 0x250080f8feffff, port id : 32768',
  ],
  [
    'PTP message 3',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : peer delay resp msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, receiveTimeStamp : 1722487348 seconds, 999999999 nanoseconds, port identity : 0x250080f8feffff, port id : 32768',
  ],
  [
    'PTP message 8',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : follow up msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, preciseOriginTimeStamp : 1722487348 seconds, 999999999 nanoseconds',
  ],
  [
    'PTP message 9',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : delay resp msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, receiveTimeStamp : 1722487348 seconds, 999999999 nanoseconds, port identity : 0x250080f8feffff, port id : 32768',
  ],
  [
    'PTP message 10',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : pdelay resp fup msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, preciseOriginTimeStamp : 1722487348 seconds, 999999999 nanoseconds, port identity : 0x250080f8feffff, port id : 32768',
  ],
  [
    'PTP message 11',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : announce msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, originTimeStamp : 1722487348 seconds 999999999 nanoseconds, origin cur utc :37, rsvd : 0, gm priority_1 : 128, gm clock class : 248, gm clock accuracy : 254, gm clock variance : 65535, gm priority_2 : 128, gm clock id : 0x1b19fffe010203, steps removed : 3, time source : 0xa0',
  ],
  [
    'PTP message 12',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : signalling msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, port identity : 0x66ab12343b9a, port id : 51711',
  ],
  [
    'PTP message 13',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : management msg, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127, port identity : 0x66ab12343b9a, port id : 51711, , start boundary hops  0, , boundary hops  0, , flags  0x0, , reserved  0x0',
  ],
  [
    'PTP message 14',
    'IP 192.0.2.1.319 > 192.0.2.2.319: PTPv2, v1 compat : no, msg type : Reserved, length : 64, domain : 5, reserved1 : 0, Flags [timescale, alternate master, two step, unicast], NS correction : 4660, sub NS correction : 7, reserved2 : 0, clock identity : 0x1b19fffe010203, port id : 1, seq id : 258, control : 5 (Other), log message interval : 127',
  ],
  ['PTP version 1', 'IP 192.0.2.1.320 > 192.0.2.2.320: PTPv1 (not implemented)'],
  ['PTP version 3', 'IP 192.0.2.1.320 > 192.0.2.2.320: PTPv3'],
  ['sFlow', 'IP 192.0.2.1.40000 > 192.0.2.2.6343: sFlowv5, IPv4 agent 10.0.0.1, agent-id 2, length 648'],
  [
    'sFlow of an IPv6 agent',
    'IP 192.0.2.1.40000 > 192.0.2.2.6343: sFlowv5, IPv6 agent 2001:db8::1, agent-id 2, length 40',
  ],
  ['sFlow version 4', 'IP 192.0.2.1.40000 > 192.0.2.2.6343: sFlow version 4 packet not supported'],
  [
    'BCM LI 0',
    'IP 192.0.2.1.49152 > 192.0.2.2.137: BCM-LI-SHIM: direction unused, pkt-type ipv4, pkt-subtype unknown, li-id 7',
  ],
  [
    'BCM LI 1',
    'IP 192.0.2.1.49152 > 192.0.2.2.137: BCM-LI-SHIM: direction egress, pkt-type ipv6, pkt-subtype untagged, li-id 7',
  ],
  [
    'BCM LI 2',
    'IP 192.0.2.1.49152 > 192.0.2.2.137: BCM-LI-SHIM: direction unknown, pkt-type undecided, pkt-subtype double VLAN tag, li-id 7',
  ],
  [
    'BCM LI 3',
    'IP 192.0.2.1.49152 > 192.0.2.2.137: BCM-LI-SHIM: direction ingress, pkt-type ethernet, pkt-subtype unknown, li-id 7',
  ],
  [
    'BCM LI 4',
    'IP 192.0.2.1.49152 > 192.0.2.2.137: BCM-LI-SHIM: direction unused, pkt-type unknown, pkt-subtype unknown, li-id 0',
  ],
  [
    'IPX SAP',
    "(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0452 > 00000000.ff:ff:ff:ff:ff:ff.0452: ipx-sap-resp 030c '0060B07AE' addr 00056c00.00:60:b0:7a:e0:e8",
  ],
  [
    'IPX SAP request',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0452 > 00000000.ff:ff:ff:ff:ff:ff.0452: ipx-sap-req 0004',
  ],
  [
    'IPX nearest SAP request',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0452 > 00000000.ff:ff:ff:ff:ff:ff.0452: ipx-sap-nearest-req 0004',
  ],
  [
    'IPX RIP',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0453 > 00000000.ff:ff:ff:ff:ff:ff.0453: ipx-rip-req 00052582/65535.65535',
  ],
  [
    'IPX RIP response',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0453 > 00000000.ff:ff:ff:ff:ff:ff.0453: ipx-rip-resp 00052582/1.2 00052583/3.4',
  ],
  ['IPX NCP', '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0451 > 00000000.ff:ff:ff:ff:ff:ff.0451: ipx-ncp 2'],
  [
    'IPX NetBIOS',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0455 > 00000000.ff:ff:ff:ff:ff:ff.0455: ipx-netbios 2',
  ],
  [
    'IPX diagnostics',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0456 > 00000000.ff:ff:ff:ff:ff:ff.0456: ipx-diags 2',
  ],
  [
    'IPX NWLink',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.0553 > 00000000.ff:ff:ff:ff:ff:ff.0553: ipx-nwlink-dgm 2',
  ],
  [
    'IPX EIGRP',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.85be > 00000000.ff:ff:ff:ff:ff:ff.85be: EIGRP Hello, length: 20',
  ],
  [
    'IPX other',
    '(NOV-ETHII) IPX 00056800.08:00:07:84:12:de.4003 > 00000000.ff:ff:ff:ff:ff:ff.4003: ipx-#4003 2',
  ],
  ['IPX over 802.3', 'IPX 00056800.08:00:07:84:12:de.0451 > 00000000.ff:ff:ff:ff:ff:ff.0451: ipx-ncp 4'],
  ['IPX over LLC', 'IPX 00056800.08:00:07:84:12:de.0451 > 00000000.ff:ff:ff:ff:ff:ff.0451: ipx-ncp 4'],
  ['AppleTalk NBP lookup', 'AT 5640.2.253 > 0.2:  nbp-lkup 20: "^DChea^K:[len=76] [addr=5640.1.252]'],
  [
    'AppleTalk NBP lookup in UDP',
    'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: nbp-lkup 20: "^DChea^K:[len=76] [addr=5640.1.252]',
  ],
  [
    'AppleTalk NBP broadcast request',
    'AT 5640.2.253 > 0.2:  nbp-brRq 20: "^DChea^K:[len=76] [ntup=2] [enum=1] [addr=5640.1.253]',
  ],
  [
    'AppleTalk NBP broadcast request in UDP',
    'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: nbp-brRq 20: "^DChea^K:[len=76] [ntup=2] [enum=1] [addr=5640.1.253]',
  ],
  [
    'AppleTalk NBP reply',
    'AT 5640.2.253 > 0.2:  nbp-reply 20: "Chea:Las@*" "Chea:Las@[len=33](2) [addr=5641.1]',
  ],
  [
    'AppleTalk NBP reply in UDP',
    'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: nbp-reply 20: "Chea:Las@*" "Chea:Las@[len=33](2) [addr=5641.1]',
  ],
  ['AppleTalk NBP of another kind', 'AT 5640.2.253 > 0.2:  nbp-0x42  20 (16)'],
  [
    'AppleTalk NBP of another kind in UDP',
    'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: nbp-0x42  20 (16)',
  ],
  ['AppleTalk ATP request', 'AT 5640.2.253 > 0.2:  atp-req* 4660<0,2> [len=2] [EOM,STS] 0x7'],
  [
    'AppleTalk ATP request in UDP',
    'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: atp-req* 4660<0,2> [len=2] [EOM,STS] 0x7',
  ],
  ['AppleTalk ATP response', 'AT 5640.2.253 > 0.2:  atp-resp*4660:3 (2) [STS]'],
  [
    'AppleTalk ATP response in UDP',
    'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: atp-resp*4660:3 (2) [STS]',
  ],
  ['AppleTalk ATP release', 'AT 5640.2.253 > 0.2:  atp-rel  4660<0-2>[XO,EOM,STS]'],
  [
    'AppleTalk ATP release in UDP',
    'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: atp-rel  4660<0-2>[XO,EOM,STS]',
  ],
  ['AppleTalk ATP of no kind', 'AT 5640.2.253 > 0.2:  atp-0x0  4660 (0)'],
  [
    'AppleTalk ATP of no kind in UDP',
    'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: atp-0x0  4660 (0)',
  ],
  ['AppleTalk RTMP', 'AT 5640.2.253 > 0.2:  at-rtmp 4'],
  ['AppleTalk RTMP in UDP', 'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: at-rtmp 4'],
  ['AppleTalk EIGRP', 'AT 5640.2.253 > 0.2: EIGRP Hello, length: 20'],
  ['AppleTalk EIGRP in UDP', 'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2:EIGRP Hello, length: 20'],
  ['AppleTalk other', 'AT 5640.2.253 > 0.2:  at-#99 1'],
  ['AppleTalk other in UDP', 'IP 192.0.2.1.769 > 192.0.2.2.202: 5640.2.253 > 0.2: at-#99 1'],
  ['AppleTalk over SNAP', 'AT 5640.2.253 > 0.2:  at-rtmp 4'],
  ['AARP 0001', 'aarp who-has 5224.234 tell 5224.127'],
  ['AARP 0002', 'aarp reply 5224.127 is-at 00:05:02:18:34:36'],
  ['AARP 0003', 'aarp probe 5224.234 tell 5224.127'],
  ['AARP 0004', 'aarp len 28 op 4 htype 1 ptype 0x809b halen 6 palen 4'],
];

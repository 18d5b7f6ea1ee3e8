// RADIUS attributes and their values (the IANA registry "RADIUS Types"), in tcpdump's words.

/**
 * The form of a value: `s` text, `n` a number (with names where it has any), `a` an IPv4 address, `6` an IPv6 address,
 * `p` an IPv6 prefix, `t` a time, `v` a vendor's own, `x` one of its own; a space where nothing is printed of it.
 */
export interface Attribute {
  readonly name: string;
  readonly form: string;
  readonly values: readonly string[];
}

const NAMES = (
  ',User-Name=s,User-Password,CHAP-Password,NAS-IP-Address=a,NAS-Port=n,Service-Type=n,Framed-Protocol=n,' +
  'Framed-IP-Address=a,Framed-IP-Netmask=a,Framed-Routing=n,Filter-Id=s,Framed-MTU=n,Framed-Compression=n,' +
  'Login-IP-Host=a,Login-Service=n,Login-TCP-Port=n,Unassigned,Reply-Message=s,Callback-Number=s,Callback-Id=s,' +
  'Unassigned,Framed-Route=s,Framed-IPX-Network=n,State=s,Class=s,Vendor-Specific=v,Session-Timeout=n,Idle-Timeout=n,' +
  'Termination-Action=n,Called-Station-Id=s,Calling-Station-Id=s,NAS-Identifier=s,Proxy-State=s,Login-LAT-Service=s,' +
  'Login-LAT-Node=s,Login-LAT-Group=s,Framed-AppleTalk-Link=n,Framed-AppleTalk-Network=n,Framed-AppleTalk-Zone=s,' +
  'Acct-Status-Type=n,Acct-Delay-Time=n,Acct-Input-Octets=n,Acct-Output-Octets=n,Acct-Session-Id=s,Acct-Authentic=n,' +
  'Acct-Session-Time=n,Acct-Input-Packets=n,Acct-Output-Packets=n,Acct-Terminate-Cause=n,Acct-Multi-Session-Id=s,' +
  'Acct-Link-Count=n,Acct-Input-Gigawords=n,Acct-Output-Gigawords=n,Unassigned,Event-Timestamp=t,Egress-VLANID=n,' +
  'Ingress-Filters=n,Egress-VLAN-Name=s,User-Priority-Table,CHAP-Challenge=s,NAS-Port-Type=n,Port-Limit=n,' +
  'Login-LAT-Port=s,Tunnel-Type=n,Tunnel-Medium-Type=n,Tunnel-Client-Endpoint=s,Tunnel-Server-Endpoint=s,' +
  'Acct-Tunnel-Connection=s,Tunnel-Password=s,ARAP-Password=x,ARAP-Features=x,ARAP-Zone-Access=n,ARAP-Security=s,' +
  'ARAP-Security-Data=s,Password-Retry=n,Prompt=n,Connect-Info=s,Configuration-Token=s,EAP-Message=s,' +
  'Message-Authenticator=s,Tunnel-Private-Group-ID=s,Tunnel-Assignment-ID=s,Tunnel-Preference=n,' +
  'ARAP-Challenge-Response=x,Acct-Interim-Interval=n,Acct-Tunnel-Packets-Lost=n,NAS-Port-Id=s,Framed-Pool=s,CUI=s,' +
  'Tunnel-Client-Auth-ID=s,Tunnel-Server-Auth-ID=s,NAS-Filter-Rule=s,Unassigned,Originating-Line-Info,' +
  'NAS-IPv6-Address=6,Framed-Interface-ID,Framed-IPv6-Prefix=p,Login-IPv6-Host=6,Framed-IPv6-Route=s,' +
  'Framed-IPv6-Pool=s,Error-Cause=x,EAP-Key-Name,Digest-Response=s,Digest-Realm=s,Digest-Nonce=s,' +
  'Digest-Response-Auth=s,Digest-Nextnonce=s,Digest-Method=s,Digest-URI=s,Digest-Qop=s,Digest-Algorithm=s,' +
  'Digest-Entity-Body-Hash=s,Digest-CNonce=s,Digest-Nonce-Count=s,Digest-Username=s,Digest-Opaque=s,' +
  'Digest-Auth-Param=s,Digest-AKA-Auts=s,Digest-Domain=s,Digest-Stale=s,Digest-HA1=s,SIP-AOR=s,' +
  'Delegated-IPv6-Prefix=p,MIP6-Feature-Vector=x,MIP6-Home-Link-Prefix=x,Operator-Name=x,Location-Information=x,' +
  'Location-Data=x,Basic-Location-Policy-Rules=x'
).split(',');

/** Values that have names, by attribute. */
const VALUES = new Map<number, readonly string[]>(
  (
    [
      [
        6,
        ',Login,Framed,Callback Login,Callback Framed,Outbound,Administrative,NAS Prompt,Authenticate Only,' +
          'Callback NAS Prompt,Call Check,Callback Administrative,Voice,Fax,Modem Relay,IAPP-Register,IAPP-AP-Check,' +
          'Authorize Only,Framed-Management,Additional-Authorization',
      ],
      [7, ',PPP,SLIP,ARAP,Gandalf proprietary,Xylogics IPX/SLIP,X.75 Synchronous,GPRS PDP Context'],
      [10, 'None,Send,Listen,Send&Listen'],
      [13, 'None,VJ TCP/IP,IPX,Stac-LZS'],
      [
        15,
        'Telnet,Rlogin,TCP Clear,PortMaster(proprietary),LAT,X.25-PAD,X.25-T3POS,Unassigned,TCP Clear Quiet',
      ],
      [29, 'Default,RADIUS-Request'],
      [
        40,
        ',Start,Stop,Interim-Update,Unassigned,Unassigned,Unassigned,Accounting-On,Accounting-Off,Tunnel-Start,' +
          'Tunnel-Stop,Tunnel-Reject,Tunnel-Link-Start,Tunnel-Link-Stop,Tunnel-Link-Reject,Failed',
      ],
      [45, ',RADIUS,Local,Remote,Diameter'],
      [
        49,
        ',User Request,Lost Carrier,Lost Service,Idle Timeout,Session Timeout,Admin Reset,Admin Reboot,Port Error,' +
          'NAS Error,NAS Request,NAS Reboot,Port Unneeded,Port Preempted,Port Suspended,Service Unavailable,Callback,' +
          'User Error,Host Request,Supplicant Restart,Reauthentication Failure,Port Reinitialized,' +
          'Port Administratively Disabled,Lost Power',
      ],
      [57, ',Enabled,Disabled'],
      [
        61,
        'Async,Sync,ISDN Sync,ISDN Async V.120,ISDN Async V.110,Virtual,PIAFS,HDLC Clear Channel,X.25,X.75,G.3 Fax,' +
          'SDSL,ADSL-CAP,ADSL-DMT,ISDN-DSL,Ethernet,xDSL,Cable,Wireless - Other,Wireless - IEEE 802.11,Token-Ring,FDDI,' +
          'Wireless - CDMA200,Wireless - UMTS,Wireless - 1X-EV,IAPP,FTTP,Wireless - IEEE 802.16,' +
          'Wireless - IEEE 802.20,Wireless - IEEE 802.22,PPPoA,PPPoEoA,PPPoEoE,PPPoEoVLAN,PPPoEoQinQ,xPON,' +
          'Wireless - XGP,WiMAX Pre-Release 8 IWK Function,WIMAX-WIFI-IWK,WIMAX-SFF,WIMAX-HA-LMA,WIMAX-DHCP,WIMAX-LBS,' +
          'WIMAX-WVS',
      ],
      [64, ',PPTP,L2F,L2TP,ATMP,VTP,AH,IP-IP,MIN-IP-IP,ESP,GRE,DVS,IP-in-IP Tunneling,VLAN'],
      [
        65,
        ',IPv4,IPv6,NSAP,HDLC,BBN 1822,802,E.163,E.164,F.69,X.121,IPX,Appletalk,Decnet IV,Banyan Vines,' +
          'E.164 with NSAP subaddress',
      ],
      [72, ',Only access to dfl zone,Use zone filter inc.,Not used,Use zone filter exc.'],
      [76, 'No Echo,Echo'],
    ] as const
  ).map(([type, names]) => [type, names.split(',')]),
);

/** By type; undefined for type 0 and what is not known. */
export const ATTRIBUTES: readonly (Attribute | undefined)[] = NAMES.map((text, type) => {
  if (text === '') return undefined;
  const [name, form = ' '] = text.split('=') as [string, string?];
  return { name, form, values: VALUES.get(type) ?? [] };
});

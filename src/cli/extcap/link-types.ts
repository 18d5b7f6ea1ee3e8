// Link types as --extcap-dlts reports them.

export type LinkType = {
  /** LINKTYPE_ value; Wireshark takes it for a DLT_ value, which on Linux differs for raw IP only. */
  number: number;
  name: string;
  display: string;
};

export const ETHERNET: LinkType = { number: 1, name: 'EN10MB', display: 'Ethernet' };
export const COOKED: LinkType = { number: 276, name: 'LINUX_SLL2', display: 'Linux cooked v2' };

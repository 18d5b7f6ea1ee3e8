// What is made of a listing that nft broke off.
import { expect, test } from 'vitest';
import { nftDocument } from '../../src/netns/nft-json.ts';

// As nft 1.0.6 printed it where another table belongs to a process.
const BROKEN = '{"nftables": [{"table": {"family": "inet", "name": "nscap-19-1", "handle": 2, "flags": \n';

test('each table is asked for by itself where nft breaks off; the one it cannot tell is named', async () => {
  const printed: Record<string, string> = {
    'nft list tables': 'table inet f\ntable inet nscap-19-1\ntable ip firewalld\n',
    'nft -j list table inet f': '{"nftables": [{"table": {"family": "inet", "name": "f"}}]}\n',
    'nft -j list table ip firewalld': BROKEN,
  };
  const asked: string[] = [];
  const ask = async (argv: string[]) => {
    asked.push(argv.join(' '));
    return printed[argv.join(' ')];
  };
  expect(await nftDocument(BROKEN, ask)).toEqual({
    nftables: [{ table: { family: 'inet', name: 'f' } }],
    untold: ['ip firewalld'],
  });
  expect(asked).toEqual(Object.keys(printed));
  expect(await nftDocument('{"nftables": []}', ask)).toEqual({ nftables: [], untold: [] });
});

import { expect, test } from 'vitest';
import { dnsConfigOf, resolvConf } from '../../../server/cluster/embedded/node/dns-config.ts';
import { candidates } from '../../../server/cluster/embedded/node/runtime/network/cluster-dns.ts';

const inCluster = dnsConfigOf({ containers: [] }, 'shop');

test('a pod searches its namespace, all Services, the cluster', () => {
  expect(resolvConf(inCluster)).toBe(
    'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
  );
});

test('the names that are tried, by ndots', () => {
  expect(candidates('api', inCluster)[0]).toBe('api.shop.svc.cluster.local');
  expect(candidates('api.other', inCluster)[1]).toBe('api.other.svc.cluster.local');
  expect(candidates('api.other.svc', inCluster)[2]).toBe('api.other.svc.cluster.local');
  expect(candidates('example.com', inCluster).at(-1)).toBe('example.com');
  expect(candidates('example.com.', inCluster)).toEqual(['example.com']);
  expect(candidates('a.b.c.d.e.f', inCluster)[0]).toBe('a.b.c.d.e.f');
});

test('dnsPolicy and dnsConfig decide', () => {
  expect(dnsConfigOf({ containers: [], hostNetwork: true }, 'shop').searches).toEqual([]);
  expect(
    dnsConfigOf({ containers: [], dnsPolicy: 'None', dnsConfig: { nameservers: ['203.0.113.53'] } }, 'shop'),
  ).toEqual({ servers: ['203.0.113.53'], searches: [], ndots: 1 });
  expect(
    dnsConfigOf({ containers: [], dnsConfig: { options: [{ name: 'ndots', value: '2' }] } }, 'shop'),
  ).toMatchObject({ servers: ['10.96.0.10'], ndots: 2 });
});

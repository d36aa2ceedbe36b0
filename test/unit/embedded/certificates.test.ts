import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCertificates, type Certificates } from '../../../server/cluster/embedded/certificates.ts';

const day = 24 * 60 * 60 * 1000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-certificates-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function load(more: { now?: Date; nodeHosts?: string[] } = {}): Promise<Certificates> {
  return loadCertificates({ folder, apiServerHosts: ['127.0.0.1', '10.96.0.1'], nodeHosts: ['127.0.0.1'], ...more });
}

function parse(pair: { certificate: string }): X509Certificate {
  return new X509Certificate(pair.certificate);
}

test('each certificate is for its purpose and from its authority alone', async () => {
  const all = await load();
  const apiServer = parse(all.apiServer);
  expect(apiServer.subjectAltName).toBe(
    'DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc, ' +
      'DNS:kubernetes.default.svc.cluster.local, IP Address:127.0.0.1, IP Address:10.96.0.1',
  );
  expect(apiServer.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(parse(all.administrator).subject).toBe('O=system:masters\nCN=haechi-administrator');
  expect(parse(all.administrator).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(parse(all.controllerManager).subject).toBe('CN=system:kube-controller-manager');
  expect(parse(all.kubeletClient).subject).toBe('CN=kube-apiserver-kubelet-client');

  const cluster = createPublicKey(all.clusterAuthority.certificate);
  const node = createPublicKey(all.nodeAuthority.certificate);
  expect(parse(all.clusterAuthority).ca).toBe(true);
  for (const pair of [all.apiServer, all.administrator, all.controllerManager]) {
    expect(parse(pair).verify(cluster)).toBe(true);
    expect(parse(pair).verify(node)).toBe(false);
    expect(parse(pair).ca).toBe(false);
    // A certificate by its issuer's own name looks self-signed to OpenSSL.
    expect(parse(pair).issuer).toBe('CN=haechi-cluster-ca');
  }
  for (const pair of [all.node, all.kubeletClient]) {
    expect(parse(pair).verify(node)).toBe(true);
    expect(parse(pair).verify(cluster)).toBe(false);
    expect(parse(pair).issuer).toBe('CN=haechi-node-ca');
  }
});

test('only the owner can read them', async () => {
  await load();
  const names = await readdir(folder);
  expect(names).toHaveLength(15);
  for (const name of names) expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600);
});

test('they are kept from start to start', async () => {
  expect(await load()).toEqual(await load());
});

test('one that ends soon is made anew, and what still lasts stays', async () => {
  const before = await load();
  const after = await load({ now: new Date(Date.now() + 310 * day) });
  expect(after.apiServer.certificate).not.toBe(before.apiServer.certificate);
  expect(after.clusterAuthority).toEqual(before.clusterAuthority);
  expect(parse(after.apiServer).verify(createPublicKey(before.clusterAuthority.certificate))).toBe(true);
});

test('another host makes only the certificates anew that name hosts', async () => {
  const before = await load();
  const after = await load({ nodeHosts: ['127.0.0.1', '10.1.2.3'] });
  expect(parse(after.node).subjectAltName).toBe('IP Address:127.0.0.1, IP Address:10.1.2.3');
  expect(after.kubeletClient).toEqual(before.kubeletClient);
});

test('a new authority makes all anew that the old one had signed', async () => {
  const before = await load();
  await rm(before.clusterAuthority.keyPath);
  const after = await load();
  expect(parse(after.administrator).verify(createPublicKey(after.clusterAuthority.certificate))).toBe(true);
  expect(after.administrator.certificate).not.toBe(before.administrator.certificate);
  expect(after.node).toEqual(before.node);
});

test('half a certificate, or a key of another, counts as none', async () => {
  const before = await load();
  await writeFile(before.apiServer.certificatePath, before.apiServer.certificate.slice(0, 100));
  await writeFile(before.administrator.keyPath, before.apiServer.key);
  const after = await load();
  for (const pair of [after.apiServer, after.administrator]) {
    expect(parse(pair).verify(createPublicKey(before.clusterAuthority.certificate))).toBe(true);
  }
  expect(after.administrator.key).not.toBe(before.apiServer.key);
});

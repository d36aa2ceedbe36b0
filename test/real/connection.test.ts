import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { applyAll } from '../../server/cluster/apply.ts';
import { ExistingCluster } from '../../server/cluster/existing/existing.ts';
import { deleteNamespace } from '../../server/cluster/delete-namespace.ts';
import { Kube } from '../../server/cluster/kube.ts';
import { ResourcePaths } from '../../server/cluster/resource-paths.ts';

interface Config {
  clusters: { cluster: Record<string, string> }[];
  users: { user: Record<string, string> }[];
}
const namespace = 'real-connection';

let folder: string;
let kube: Kube;
let cluster: ExistingCluster | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-connection-'));
  kube = new Kube(inject('kubeconfig'));
  await applyAll({ kube, paths: new ResourcePaths(kube) }, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody', namespace } },
  ]);
});
afterEach(async () => cluster?.stop());
afterAll(async () => {
  await deleteNamespace(kube, namespace);
  await kube.close();
  await rm(folder, { recursive: true });
});

/** The real cluster by another kubeconfig. */
async function open(change: (config: Config) => void): Promise<ExistingCluster> {
  const config = parse(inject('kubeconfig')) as Config;
  change(config);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, stringify(config), { mode: 0o600 });
  cluster = new ExistingCluster({ kubeconfig, nodeNetwork: 'off', log: pino({ level: 'silent' }) });
  return cluster;
}

test('a certificate of another authority is not trusted', async () => {
  const opened = await open(({ clusters }) => {
    for (const { cluster: each } of clusters) Reflect.deleteProperty(each, 'certificate-authority-data');
  });
  await expect(opened.start(AbortSignal.timeout(30_000))).rejects.toMatchObject({ code: 'certificate-untrusted' });
});

test('an account without rights is told all that it lacks', async () => {
  const { value } = await kube.request<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/nobody/token`,
    { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
  );
  const opened = await open(({ users }) => {
    for (const each of users) each.user = { token: value.status.token };
  });
  const error: unknown = await opened.start(AbortSignal.timeout(30_000)).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'rights-missing' });
  for (const right of [
    'create namespaces',
    'patch pods/ephemeralcontainers',
    'escalate clusterroles.rbac.authorization.k8s.io',
  ])
    expect((error as Error).message).toContain(right);
});

test('it is degraded while the API server is out of reach, and ready again', async () => {
  const { hostname, port } = new URL(kube.connection.cluster.server);
  const sockets = new Set<Socket>();
  const proxy = createServer((inner) => {
    const outer = connect(Number(port), hostname);
    for (const [socket, other] of [[inner, outer] as const, [outer, inner] as const]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()).pipe(other);
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const at = (proxy.address() as AddressInfo).port;
  const opened = await open(({ clusters }) => {
    for (const { cluster: each } of clusters) {
      Object.assign(each, { server: `https://127.0.0.1:${at}`, 'tls-server-name': hostname });
    }
  });
  const phases: string[] = [];
  opened.onStatus(({ phase }) => phases.at(-1) !== phase && phases.push(phase));
  const closed = once(proxy, 'close');
  try {
    await opened.start(AbortSignal.timeout(30_000));
    proxy.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    await expect.poll(() => opened.status().phase, { timeout: 15_000 }).toBe('degraded');
    proxy.listen(at, '127.0.0.1');
    await expect.poll(() => opened.status().phase, { timeout: 15_000 }).toBe('ready');
    expect(phases).toEqual(['preparing', 'ready', 'degraded', 'ready']);
  } finally {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  }
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, soon, type TestNamespace } from './cluster-namespace.ts';

let space: TestNamespace;
const server = { image: 'busybox:1.37', command: ['httpd', '-f', '-p', '8080', '-h', '/'] };

beforeAll(async () => {
  space = await openNamespace('node-names');
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  const service = (name: string, more: object) =>
    space.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: 'web' }, ports, ...more },
    });
  await service('web', {});
  await service('each', { clusterIP: 'None' });
  await space.run('web', server, { hostname: 'first', subdomain: 'each' });
  await Promise.all(
    ['client', 'no-dns', 'tcp-dns'].map((name) => space.run(name, { image: 'curlimages/curl:8.17.0' })),
  );
});
afterAll(() => space.close());

const run = (pod: string, ...command: string[]) => space.kubectl('exec', pod, '--', ...command);
const lookup = async (name: string) => (await run('client', 'nslookup', name)).stdout;

test.each(['web', 'web.node-names', 'web.node-names.svc', 'web.node-names.svc.cluster.local'])(
  '%s leads to the Service',
  async (name) => {
    expect(await lookup(name)).toMatch(
      /^Server:\t\t10\.96\.0\.10\nAddress:\t10\.96\.0\.10:53\n\nName:\tweb\.node-names\.svc\.cluster\.local\nAddress: 10\.96\.\d+\.\d+\n\n$/,
    );
    expect((await run('client', 'curl', '-s', `http://${name}/etc/hostname`)).stdout).toBe('first\n');
  },
);

test('a headless Service leads to its pods, and to each by its own name', async () => {
  const address = (await space.get('web')).status?.podIP ?? '';
  await expect.poll(() => lookup('each'), soon).toContain(`Address: ${address}\n`);
  expect(await lookup('first.each')).toContain(`Name:\tfirst.each.node-names.svc.cluster.local\nAddress: ${address}\n`);
});

test('a name that there is not', async () => {
  expect(await lookup('nobody')).toContain("** server can't find nobody: NXDOMAIN\n");
  expect(await run('client', 'curl', '-sS', 'http://nobody/')).toMatchObject({
    code: 6,
    stderr: 'curl: (6) Could not resolve host: nobody\ncommand terminated with exit code 6\n',
  });
  expect((await run('client', 'wget', '-qO-', 'http://nobody:81/')).stderr).toContain(
    "wget: bad address 'nobody:81'\n",
  );
});

test('names need UDP 53: each tool says in its own words that nobody answered', async () => {
  for (const [app, ports] of [
    ['no-dns', []],
    ['tcp-dns', [{ protocol: 'TCP', port: 53 }]],
  ] as const)
    await space.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: app },
      spec: {
        podSelector: { matchLabels: { app } },
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: {} }] }, ...(ports.length > 0 ? [{ ports: [...ports] }] : [])],
      },
    });
  await expect.poll(async () => (await run('tcp-dns', 'nslookup', 'web')).code, { timeout: 20_000 }).toBe(1);
  const [lost, resolving, bad, nc] = await Promise.all([
    run('tcp-dns', 'nslookup', 'web'),
    run('no-dns', 'curl', '-sS', '-m', '2', 'http://web/'),
    run('no-dns', 'wget', '-qO-', 'http://web/'),
    run('no-dns', 'nc', '-z', '-v', 'web', '80'),
  ]);
  expect(lost.stderr).toContain(';; connection timed out; no servers could be reached');
  expect(resolving.stderr).toMatch(/^curl: \(28\) Resolving timed out after 2\d\d\d milliseconds\n/);
  expect(bad.stderr).toContain("wget: bad address 'web'\n");
  expect(nc.stderr).toContain("nc: bad address 'web'\n");
});

test('a denied packet times out, a closed port refuses', async () => {
  const address = (await space.get('web')).status?.podIP ?? '';
  const connect = (pod: string, port: number) => run(pod, 'nc', '-zv', '-w', '1', address, String(port));
  expect((await connect('client', 8080)).stderr).toContain(`${address} (${address}:8080) open\n`);
  expect((await connect('client', 81)).stderr).toContain(`nc: ${address} (${address}:81): Connection refused\n`);
  await space.apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'closed' },
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
  });
  await expect
    .poll(async () => (await connect('client', 8080)).stderr, soon)
    .toContain(`nc: ${address} (${address}:8080): Connection timed out\n`);
});

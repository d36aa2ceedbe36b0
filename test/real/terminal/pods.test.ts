import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { learnersNamespace } from '../../../server/attempt/labels.ts';
import { applyAll, remove } from '../../../server/cluster/apply.ts';
import { Client } from '../../unit/terminal/client.ts';
import { holdCluster } from '../hold.ts';
import { PodWorkshop } from './pod-workshop.ts';

holdCluster();

describe('a workbench pod', () => {
  let workshop: PodWorkshop;
  const run = (script: string, name = 'minji') => workshop.run(name, script);
  beforeAll(async () => {
    workshop = await PodWorkshop.open();
    await workshop.service.prepare(await workshop.setup('minji'));
    await workshop.service.prepare(await workshop.setup('seojun'));
  });
  afterAll(() => workshop.close());

  test('has the lab’s files, its variables and an environment of its own', async () => {
    expect(await run('cat shop/policy.yaml; echo $PRODUCTION; whoami; pwd; id -u; hostname')).toBe(
      'kind: NetworkPolicy\nproduction\nlearner\n/home/learner\n1000\nhaechi\n',
    );
    expect((await run('env | cut -d= -f1 | sort | tr "\\n" " "')).replace('OLDPWD ', '')).toBe(
      'COLORTERM EDITOR GOGC GOMEMLIMIT HAECHI_NAMESPACE HISTFILE HOME INPUTRC KUBECONFIG KUBE_EDITOR LANG LESS LOGNAME PAGER PATH PRODUCTION PWD SHELL SHLVL TERM USER _ ',
    );
    expect(await run('for p in nano vim.tiny jq git less ps; do type -P $p >/dev/null || echo no $p; done')).toBe('');
    expect(
      await run('git init -q r && cd r && git commit -q --allow-empty -m x && git log --format=%an; cd; rm -r r'),
    ).toBe('learner\n');
  });

  test('has no privileges and can’t get any', async () => {
    const status = await run('cat /proc/self/status');
    for (const line of [/CapEff:\t0{16}\n/, /CapBnd:\t0{16}\n/, /NoNewPrivs:\t1\n/, /Seccomp:\t2\n/])
      expect(status).toMatch(line);
    expect(await run('find / -xdev -perm /6000 -type f 2>/dev/null; unshare -U true 2>&1')).toMatch(
      /^unshare: unshare failed: .*\n$/,
    );
  });

  test('can write only its home and /tmp', async () => {
    expect(
      await run(
        'for f in / /usr/bin /etc /etc/haechi /var/tmp /run /usr/local/lib/haechi /var/run/secrets/kubernetes.io/serviceaccount; do touch $f/x 2>/dev/null && echo wrote $f; done; for f in ~ /tmp ~/.kube; do touch $f/x && echo $f; rm $f/x; done',
      ),
    ).toBe('/home/learner\n/tmp\n/home/learner/.kube\n');
    const mounts = await run('awk \'$2 !~ "^/(proc|sys|dev)" {print $2}\' /proc/mounts | sort');
    expect(mounts.split('\n').filter(Boolean)).toEqual([
      '/',
      '/etc/hostname',
      '/etc/hosts',
      '/etc/resolv.conf',
      '/home/learner',
      '/run/secrets/kubernetes.io/serviceaccount',
      '/tmp',
    ]);
  });

  test('a full home refuses the write, and nothing else happens', async () => {
    expect(await run('head -c 50M /dev/zero > a; head -c 50M /dev/zero > b; stat -c %s a; du -sm . | cut -f1')).toMatch(
      /No space left on device\n52428800\n6[0-4]\n$/,
    );
    expect(await run('rm a b; echo still here; cat shop/policy.yaml')).toBe('still here\nkind: NetworkPolicy\n');
  });

  test('kubectl acts with the attempt’s rights, by a token that is renewed, and no others', async () => {
    const { namespace } = workshop;
    expect(await run(`kubectl -n ${namespace} get configmaps -o name`)).toContain('configmap/kube-root-ca.crt\n');
    expect(
      await run('kubectl config view -o jsonpath="{.users[0].user.tokenFile} {.clusters[0].cluster.server}"'),
    ).toMatch(/^\/var\/run\/secrets\/kubernetes.io\/serviceaccount\/token https:\/\/[\d.]+:443$/);
    const payload = await run('cut -d. -f2 /var/run/secrets/kubernetes.io/serviceaccount/token');
    const { exp, iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number; iat: number };
    expect(exp - iat).toBeLessThanOrEqual(3607);
    const [{ metadata: { name: own } } = { metadata: { name: '' } }] = await workshop.pods('minji');
    const [{ metadata: { name: other } } = { metadata: { name: '' } }] = await workshop.pods('seojun');
    for (const command of [
      `-n ${learnersNamespace} get pods`,
      `-n ${learnersNamespace} get secrets`,
      `-n ${learnersNamespace} exec ${own} -- true`,
      `-n ${learnersNamespace} exec ${other} -- true`,
      `-n ${learnersNamespace} delete pod ${own}`,
      `-n ${learnersNamespace} annotate pod ${own} a=b`,
      `-n ${learnersNamespace} delete networkpolicy haechi-workbench`,
      `-n ${learnersNamespace} create token attempt-${workshop.id('seojun')}`,
      '-n kube-system get secrets',
      'get nodes',
    ])
      expect(await run(`kubectl ${command} 2>&1`)).toMatch(/forbidden/i);
  });

  test('reaches cluster DNS and the API server, and nothing else', async () => {
    const { value } = await workshop.admin.kube.request<{ items: { status: { addresses: { address: string }[] } }[] }>(
      'GET',
      '/api/v1/nodes',
    );
    const node = value.items[0]?.status.addresses[0]?.address ?? '';
    const listener = await workshop.terminal('seojun');
    await listener.type("socat TCP-LISTEN:7000,fork,reuseaddr SYSTEM:'echo reached'\r");
    const [{ status: { podIP } } = { status: { podIP: '' } }] = await workshop.pods('seojun');
    const ask = (host: string, port: number) =>
      `timeout 3 socat -u TCP:${host}:${port},connect-timeout=2 - 2>&1 | grep -o 'reached\\|timed out\\|unreachable\\|refused'`;
    expect(await run(ask(podIP, 7000), 'seojun')).toBe('reached\n');
    await vi.waitFor(async () => expect(await run(ask(podIP, 7000))).toMatch(/timed out|^$/), { timeout: 15_000 });
    expect(await run(ask(node, 10250))).toMatch(/timed out|^$/);
    expect(await run(ask('169.254.169.254', 80))).toMatch(/timed out|unreachable|^$/);
    expect(
      await run('getent hosts kubernetes.default.svc.cluster.local | wc -l; kubectl get --raw /version | jq -r .major'),
    ).toBe('1\n1\n');
    await workshop.service.close(`${workshop.id('seojun')}.1`);
  });

  test('reaches the attempt’s pods that its lab names, at their ports, as long as it has a pod', async () => {
    const { namespace, admin } = workshop;
    const server = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name,
            image: 'docker.io/library/busybox:1.37',
            imagePullPolicy: 'IfNotPresent',
            command: ['sh', '-c', 'httpd -p 8080 -h /tmp && exec httpd -f -p 8081 -h /tmp'],
          },
        ],
      },
    });
    await applyAll(admin, ['web', 'db'].map(server));
    const address = async (name: string) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      const { value } = await admin.kube.request<{ status: { podIP?: string } }>('GET', path);
      return value.status.podIP ?? '';
    };
    await expect.poll(() => Promise.all(['web', 'db'].map(address)), { timeout: 30_000 }).not.toContain('');
    const [web = '', db = ''] = await Promise.all(['web', 'db'].map(address));
    const ask = (name: string, ip: string, port: number) =>
      run(
        `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 4 socat -t 2 - TCP:${ip}:${port},connect-timeout=2 2>/dev/null | head -c 4`,
        name,
      );
    const reach = { namespace, podSelector: { matchLabels: { app: 'web' } }, port: 8080, protocol: 'TCP' } as const;
    const setup = await workshop.setup('reaching', { reaches: [reach] });
    await workshop.service.prepare(setup);
    await expect.poll(() => ask('reaching', web, 8080), { timeout: 20_000 }).toBe('HTTP');
    // A network takes a moment to hear of a new pod: until then nothing holds it.
    await expect.poll(() => ask('reaching', web, 8081), { timeout: 20_000 }).toBe('');
    expect(await ask('reaching', db, 8080)).toBe('');
    expect(await ask('seojun', web, 8080)).toBe('');
    expect(await run('kubectl get --raw /version | jq -r .major', 'reaching')).toBe('1\n');
    // The pods' own policies decide as well.
    const closed = { podSelector: {}, policyTypes: ['Ingress'] };
    const deny = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'deny', namespace } };
    await applyAll(admin, [Object.assign(deny, { spec: closed })]);
    await expect.poll(() => ask('reaching', web, 8080), { timeout: 20_000 }).toBe('');
    await remove(admin, deny);
    await expect.poll(() => ask('reaching', web, 8080), { timeout: 20_000 }).toBe('HTTP');
    // A later version of the lab lets it reach nothing.
    await workshop.service.prepare({ ...setup, reaches: [] });
    await expect.poll(() => ask('reaching', web, 8080), { timeout: 20_000 }).toBe('');
    const policies = async () => {
      const path = `/apis/networking.k8s.io/v1/namespaces/${learnersNamespace}/networkpolicies`;
      const { value } = await admin.kube.request<{ items: { metadata: { name: string } }[] }>('GET', path);
      return value.items.map(({ metadata }) => metadata.name).filter((name) => name.includes(workshop.id('reaching')));
    };
    expect(await policies()).toHaveLength(1);
    await workshop.service.remove(workshop.id('reaching'));
    await expect.poll(policies, { timeout: 30_000 }).toEqual([]);
  });

  test('a way that is cut in the middle of a command, again and again, loses nothing and doubles nothing', async () => {
    const client = await workshop.terminal('minji');
    await client.type("seq 1 60000; echo e''nd\r");
    for (let round = 0; round < 8; round++) {
      await sleep(150);
      await vi.waitFor(() => expect(workshop.way.connections).toBeGreaterThan(1));
      workshop.way.cut();
    }
    await client.until('\nend\r\n', 0, 30_000);
    const text = client.text.slice(client.text.indexOf('\r1\r\n') + 1, client.text.indexOf('end\r\n'));
    expect(text).toBe(Array.from({ length: 60_000 }, (_, index) => `${index + 1}\r\n`).join(''));
  });

  test('a command goes on while there is no way, and so does a paste behind it', async () => {
    const client = await workshop.terminal('minji');
    await client.type(
      'for i in {1..30}; do echo "tick $i"; sleep 0.1; done; cat > pasted; sha256sum pasted; rm pasted\r',
    );
    await client.until('tick 3\r\n');
    workshop.way.closed = true;
    workshop.way.cut();
    const text = Array.from({ length: 3_000 }, () => `${randomBytes(20).toString('hex')}\n`).join('');
    const pasting = client.type(`${text.replaceAll('\n', '\r')}\x04`);
    await sleep(4_000);
    expect(client.text).not.toContain('tick 30');
    workshop.way.closed = false;
    await pasting;
    await client.until(createHash('sha256').update(text).digest('hex'), 0, 20_000);
    expect(client.text).toContain(Array.from({ length: 27 }, (_, index) => `tick ${index + 4}\r\n`).join(''));
  });

  test('a pod that is deleted in mid-attempt: the terminal says so, and a new one opens in a new pod', async () => {
    await workshop.service.prepare(await workshop.setup('lost'));
    const client = await workshop.terminal('lost');
    const [{ metadata: { name } } = { metadata: { name: '' } }] = await workshop.pods('lost');
    await workshop.admin.kube.request('DELETE', `/api/v1/namespaces/${learnersNamespace}/pods/${name}`);
    await client.until('The workbench pod was deleted. Open a new terminal.');
    expect(client.text).toContain('작업용 파드가 삭제되었습니다. 새 터미널을 여세요.');
    expect(workshop.service.list(workshop.id('lost'))).toMatchObject([{ state: 'ended', exitCode: null }]);
    const next = await workshop.terminal('lost');
    expect(await next.run('cat shop/policy.yaml; kubectl config current-context')).toBe(
      'kind: NetworkPolicy\r\nhaechi\r\n',
    );
  });

  // Where cgroups are of version 1 the kernel ends one process; of version 2, the kubelet has it end the container.
  test('memory beyond the limit ends what took it, and the home stays', async () => {
    await workshop.service.prepare(await workshop.setup('memory'));
    const client = await workshop.terminal('memory');
    await client.run('echo mine > mine');
    await client.type('for i in 1 2 3; do tail -c 330M < <(head -c 330M /dev/zero; sleep 60) & done; wait -n\r');
    // The kernel takes one of its processes, or the first of all; then the runtime doesn't always know why.
    await client.until(/Killed|The workbench pod was restarted.*Open a new terminal/, 0, 40_000);
    const next = await workshop.terminal('memory');
    expect(await next.run('cat mine')).toBe('mine\r\n');
  });

  test('a fork bomb leaves others alone, and its own pod is there again', async () => {
    await workshop.service.prepare(await workshop.setup('bomb'));
    const bomb = workshop.service.run(workshop.id('bomb'), 'b() { b | b & }; b; sleep 4', AbortSignal.timeout(8_000));
    bomb.catch(() => undefined);
    await sleep(1_000);
    const began = performance.now();
    expect(await run('echo alive')).toBe('alive\n');
    expect(performance.now() - began).toBeLessThan(5_000);
    await bomb.catch(() => undefined);
    await workshop.service.reset(await workshop.setup('bomb'));
    expect(await run('echo alive', 'bomb')).toBe('alive\n');
  });

  test('an attempt that is removed leaves no pod', async () => {
    await workshop.service.prepare(await workshop.setup('removed'));
    await workshop.terminal('removed');
    await workshop.service.remove(workshop.id('removed'));
    await vi.waitFor(async () => expect(await workshop.pods('removed')).toEqual([]), { timeout: 15_000 });
    await expect(workshop.terminal('removed')).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each([false, true])(
    'after a restart of the platform (crash: %s) shells go on where they were',
    async (crash) => {
      const name = crash ? 'crash' : 'restart';
      await workshop.service.prepare(await workshop.setup(name));
      const client = await workshop.terminal(name);
      await client.type("mine=kept; for i in {1..40}; do echo line $i; sleep 0.05; done; echo o''ver\r");
      await client.until('line 5\r\n');
      await sleep(300); // What a crash may cost is not yet on disk.
      await workshop.restart({ crash });
      expect(workshop.service.list(workshop.id(name))).toMatchObject([{ number: 1, state: 'running', exitCode: null }]);
      const later = new Client(workshop.service, `${workshop.id(name)}.1`).attach();
      await later.until('over\r\n');
      expect(later.text).toContain(Array.from({ length: 40 }, (_, index) => `line ${index + 1}\r\n`).join(''));
      await workshop.service.prepare(await workshop.setup(name));
      expect(await later.run('echo $mine $((6*7))')).toBe('kept 42\r\n');
      expect(await workshop.pods(name)).toHaveLength(1);
      await later.type('exit 4\r');
      await vi.waitFor(() =>
        expect(workshop.service.list(workshop.id(name))[0]).toMatchObject({ state: 'ended', exitCode: 4 }),
      );
    },
  );
});

test('an image that can’t be had is said in words', async () => {
  const workshop = await PodWorkshop.open({ image: 'localhost/haechi/no-such-workbench:1' });
  onTestFinished(() => workshop.close());
  const words: string[] = [];
  const preparing = workshop.service.prepare(await workshop.setup('a'), ({ en }) => words.push(en));
  await expect(preparing).rejects.toMatchObject({
    code: 'workbench-not-ready',
    message: expect.stringMatching(
      /ImagePullBackOff: Back-off pulling image "localhost\/haechi\/no-such-workbench:1"/,
    ) as string,
  });
  expect(words).toContain('Starting the workbench pod (pulling its image if the node has none)');
});

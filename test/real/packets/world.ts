import type { KubernetesObject, V1Namespace, V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';
import { deleteNamespace } from '../../../server/cluster/delete-namespace.ts';
import type { TrialAnswer } from '../../../server/cluster/cluster.ts';
import { awaitPod } from '../../../server/cluster/existing/probe/await-pod.ts';
import { runInContainer } from '../../../server/cluster/existing/probe/run-in-container.ts';
import { answersOf, trying } from '../../../server/cluster/existing/probe/try-flows.ts';
import type { Kube } from '../../../server/cluster/kube.ts';
import { closedPort, tcpPorts } from './policy-sets.ts';

const teams: Record<string, Record<string, string>> = { red: { team: 'a' }, green: { team: 'b' }, blue: {} };
const image = 'busybox:1.37';

/** Everybody listens on the same ports; what a port is called differs. */
const listen = `
mkdir -p /tmp/empty && echo 'kubernetes.default.svc.cluster.local 192.0.2.1' > /tmp/dns.conf
dnsd -c /tmp/dns.conf -p 53 -d
${tcpPorts.map((port) => `httpd -p ${port} -h /tmp/empty`).join('\n')}
trap 'exit 0' TERM; while true; do sleep 3600 & wait $!; done`;

function pod(namespace: string, name: string, labels: Record<string, string>, http = tcpPorts[0] ?? 0): V1Pod {
  const alt = tcpPorts.find((port) => port !== http) ?? http;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', listen],
          ports: [
            { name: 'http', containerPort: http },
            { name: 'alt', containerPort: alt },
            { name: 'dns', containerPort: 53, protocol: 'UDP' },
          ],
          readinessProbe: { tcpSocket: { port: tcpPorts.at(-1) ?? 0 }, periodSeconds: 1 },
        },
      ],
    },
  };
}

/** Waits until a port answers that did not before: every 100 ms a try of its own, so that no deadline is waited for. */
const waitForPort = `
trap 'exit 0' TERM
number=0
while [ $number -lt 200 ]; do
  ( nc -w 1 "$0" "$1" -e true >/dev/null 2>&1 </dev/null && kill $$ ) &
  sleep 0.1; number=$((number + 1))
done
exit 1`;

/** A few real pods in three namespaces, and two that tell when a policy is in force. */
export class World {
  readonly #kube: Kube;
  readonly #canary: string;
  /** Of which world it is: several are in the cluster side by side. */
  readonly prefix: string;
  readonly names: string[];
  #canaryPort = 0;
  #canaryAddress = '';
  pods: V1Pod[] = [];
  namespaces: V1Namespace[] = [];

  constructor(kube: Kube, prefix: string) {
    this.#kube = kube;
    this.prefix = prefix;
    this.#canary = `${prefix}-canary`;
    this.names = Object.keys(teams).map((team) => `${prefix}-${team}`);
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.close();
    const [red = '', green = '', blue = ''] = this.names;
    const pods = [
      pod(red, 'front', { app: 'a', tier: 'front' }),
      pod(red, 'back', { app: 'b', tier: 'back' }, 8081),
      pod(green, 'front', { app: 'a', tier: 'front' }, 8081),
      pod(green, 'plain', { app: 'c' }),
      pod(blue, 'back', { app: 'b', tier: 'back' }),
    ];
    const canaries = [pod(this.#canary, 'source', { app: 'source' }), pod(this.#canary, 'target', { app: 'target' })];
    for (const name of [...this.names, this.#canary]) {
      const labels = teams[name.slice(this.prefix.length + 1)] ?? {};
      await this.#post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    }
    await Promise.all(
      [...pods, ...canaries].map((each) =>
        this.#post(`/api/v1/namespaces/${each.metadata?.namespace ?? ''}/pods`, each),
      ),
    );
    const ready = (seen: V1Pod) =>
      seen.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? seen : undefined;
    const up = (each: V1Pod) =>
      awaitPod(
        this.#kube,
        { namespace: each.metadata?.namespace ?? '', pod: each.metadata?.name ?? '' },
        ready,
        signal,
      );
    this.pods = await Promise.all(pods.map(up));
    const [, target] = await Promise.all(canaries.map(up));
    this.#canaryAddress = target?.status?.podIP ?? '';
    this.namespaces = await Promise.all(
      this.names.map(async (name) => {
        const { value } = await this.#kube.request<V1Namespace>('GET', `/api/v1/namespaces/${name}`);
        return value;
      }),
    );
  }

  /** Policies go before the pods: so the network has less to take apart at a time. */
  async close(): Promise<void> {
    if (this.#canaryPort !== 0) await this.apply([], AbortSignal.timeout(60_000));
    await Promise.all([...this.names, this.#canary].map((name) => deleteNamespace(this.#kube, name)));
  }

  /**
   * Puts a set in force in place of another. In between everything is closed: so what a set opens is opened by it.
   * @returns the policies as the API server has them.
   */
  async apply(set: readonly V1NetworkPolicy[], signal: AbortSignal): Promise<V1NetworkPolicy[]> {
    const closed = this.names.map((namespace) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'closed', namespace },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    }));
    const before = await this.#policies();
    await this.#create(closed);
    await this.#delete(before);
    await this.#inForce(signal);
    await this.#create(set);
    await this.#delete(closed);
    const policies = await this.#policies();
    await this.#inForce(signal);
    return policies;
  }

  /** All from one pod at the same time. */
  async tryFrom(
    source: V1Pod,
    flows: { ip: string; port: number; protocol: 'TCP' | 'UDP' }[],
    signal: AbortSignal,
  ): Promise<TrialAnswer[]> {
    const place = { namespace: source.metadata?.namespace ?? '', pod: source.metadata?.name ?? '', container: 'main' };
    return answersOf(flows, await runInContainer(this.#kube, place, { ...trying(flows), signal }));
  }

  /** Whatever was changed before is in force when a later change is: the canary's other port opens, and it was closed. */
  async #inForce(signal: AbortSignal): Promise<void> {
    if (this.#canaryPort === 0) await this.#startCanary(signal);
    this.#canaryPort = otherThan(this.#canaryPort);
    const policy = this.#canaryPolicy();
    await this.#kube.request('PATCH', `${pathOf(policy)}/canary`, {
      contentType: 'application/merge-patch+json',
      body: policy,
      signal,
    });
    const argv = ['sh', '-c', waitForPort, this.#canaryAddress, String(this.#canaryPort)];
    const place = { namespace: this.#canary, pod: 'source', container: 'main' };
    const { exitCode } = await runInContainer(this.#kube, place, { argv, timeoutMs: 30_000, signal });
    if (exitCode !== 0) throw new Error('the network does not put policies in force');
  }

  async #startCanary(signal: AbortSignal): Promise<void> {
    this.#canaryPort = otherThan(0);
    await this.#create([this.#canaryPolicy()]);
    const flow = { ip: this.#canaryAddress, port: otherThan(this.#canaryPort), protocol: 'TCP' as const };
    const place = { namespace: this.#canary, pod: 'source', container: 'main' };
    for (;;) {
      const [answer] = answersOf([flow], await runInContainer(this.#kube, place, { ...trying([flow]), signal }));
      if (answer === 'silent') return;
    }
  }

  #canaryPolicy(): V1NetworkPolicy {
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'canary', namespace: this.#canary },
      spec: {
        podSelector: { matchLabels: { app: 'target' } },
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ port: this.#canaryPort, protocol: 'TCP' }] }],
      },
    };
  }

  async #policies(): Promise<V1NetworkPolicy[]> {
    const lists = await Promise.all(
      this.names.map(async (namespace) => {
        const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
        const { value } = await this.#kube.request<{ items: V1NetworkPolicy[] }>('GET', path);
        return value.items;
      }),
    );
    return lists.flat();
  }

  async #create(policies: readonly V1NetworkPolicy[]): Promise<void> {
    await Promise.all(policies.map((policy) => this.#post(pathOf(policy), policy)));
  }

  async #delete(policies: readonly V1NetworkPolicy[]): Promise<void> {
    await Promise.all(
      policies.map((policy) => this.#kube.request('DELETE', `${pathOf(policy)}/${policy.metadata?.name ?? ''}`)),
    );
  }

  async #post(path: string, body: KubernetesObject): Promise<void> {
    await this.#kube.request('POST', path, { body });
  }
}

/** Each set is tried on these. */
export const triedPorts = [
  ...[...tcpPorts, closedPort].map((port) => ({ port, protocol: 'TCP' as const })),
  { port: 53, protocol: 'UDP' as const },
];

function otherThan(port: number): number {
  return tcpPorts.find((each) => each !== port) ?? 0;
}

function pathOf({ metadata }: V1NetworkPolicy): string {
  return `/apis/networking.k8s.io/v1/namespaces/${metadata?.namespace ?? ''}/networkpolicies`;
}

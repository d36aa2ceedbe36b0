import { isIP } from 'node:net';
import type { V1Pod } from '@kubernetes/client-node';
import { compilePolicies, type NetworkState } from '../../../../grader/network/compile.ts';
import { judgeFlow } from '../../../../grader/network/engine.ts';
import type { FlowEnd } from '../../../../grader/network/flow.ts';
import { networkPod } from '../../../../grader/network/pod.ts';
import type { PodSandbox } from '../container.ts';
import type { NodeMirror } from '../sources.ts';

export interface HttpRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface HttpResponse {
  status: number;
  reason: string;
  headers: Record<string, string>;
  body: string;
}

/** Something that listens on a port of a pod. */
export interface Listener {
  http?: (request: HttpRequest) => Promise<HttpResponse>;
  /** Takes all that a client sends and answers with all that it gets. */
  raw?: (input: string) => Promise<string>;
}

export type Connection =
  | { result: 'open'; ip: string; listener: Listener }
  /** A packet that is not let through is lost; whoever waits for an answer waits until its own deadline. */
  | { result: 'timeout' | 'refused'; ip: string }
  | { result: 'unresolved' };

/** A place outside the cluster that answers everything: what gets out would have reached somebody. */
const outside: Listener = {
  http: ({ path }) =>
    Promise.resolve({
      status: 200,
      reason: 'OK',
      headers: { 'content-type': 'text/plain' },
      body: `simulated internet: ${path}\n`,
    }),
  raw: () => Promise.resolve(''),
};

/** What a cloud's metadata service gives to whoever asks. The key is made up. */
const metadata: Listener = {
  http: ({ path }) =>
    Promise.resolve({
      status: 200,
      reason: 'OK',
      headers: { 'content-type': 'text/plain' },
      body: path.includes('credentials/')
        ? '{"AccessKeyId":"SIMULATED","SecretAccessKey":"simulated-not-a-key"}\n'
        : 'iam/security-credentials/node-role\n',
    }),
  raw: () => Promise.resolve(''),
};

/** Public names resolve to this address of a documentation range (RFC 5737). */
const publicAddress = '203.0.113.10';

/** The simulated network: what listens in pods, Services, cluster DNS, and NetworkPolicy on every connection. */
export class PodNetwork {
  readonly #mirror: NodeMirror;
  readonly #pods = new Map<string, { sandbox: PodSandbox; listeners: Map<string, Listener> }>();
  readonly #forget: () => void;
  #state: NetworkState | undefined;

  constructor(mirror: NodeMirror) {
    this.#mirror = mirror;
    this.#forget = mirror.onChange(({ kind }) => {
      if (kind === 'NetworkPolicy' || kind === 'Namespace') this.#state = undefined;
    });
  }

  stop(): void {
    this.#forget();
  }

  addPod(sandbox: PodSandbox): void {
    this.#pods.set(sandbox.uid, { sandbox, listeners: new Map() });
  }

  removePod(uid: string): void {
    this.#pods.delete(uid);
  }

  /** @returns what ends the listening. @throws Error `Address in use` */
  listen(sandbox: PodSandbox, port: number, protocol: 'TCP' | 'UDP', listener: Listener): () => void {
    const listeners = this.#pods.get(sandbox.uid)?.listeners;
    const key = `${port}/${protocol}`;
    if (listeners?.has(key)) throw new Error('Address already in use');
    listeners?.set(key, listener);
    return () => listeners?.delete(key);
  }

  /** From the node itself: NetworkPolicy never keeps a kubelet from its pods. */
  fromNode(sandbox: PodSandbox, port: number): Listener | undefined {
    return this.#pods.get(sandbox.uid)?.listeners.get(`${port}/TCP`);
  }

  /** Opens a connection from a pod, by name or address. */
  connect(from: PodSandbox, host: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): Connection {
    const ip = this.resolve(from, host);
    if (ip === 'blocked' || ip === undefined) return { result: 'unresolved' };
    if (ip.startsWith('127.')) return this.#local(from, ip, port, protocol);
    const target = this.#behindService(ip, port, protocol);
    if (target === 'none') return { result: 'refused', ip };
    const owner = [...this.#pods.values()].find(({ sandbox }) => sandbox.ip === target.ip && !sandbox.hostNetwork);
    const to: FlowEnd = owner ? this.#end(owner.sandbox) : { kind: 'address', ip: target.ip };
    if (!this.#passes(from, to, target.port, protocol)) return { result: 'timeout', ip };
    if (owner) {
      const listener = owner.listeners.get(`${target.port}/${protocol}`);
      return listener ? { result: 'open', ip, listener } : { result: 'refused', ip };
    }
    if (target.ip === '169.254.169.254')
      return port === 80 ? { result: 'open', ip, listener: metadata } : { result: 'refused', ip };
    if (isPrivate(target.ip)) return { result: 'timeout', ip };
    return { result: 'open', ip, listener: outside };
  }

  /** @returns the address of a name; `blocked` when DNS can't be reached; undefined when there is no such name. */
  resolve(from: PodSandbox, host: string): string | undefined {
    if (isIP(host)) return host;
    if (host === 'localhost') return '127.0.0.1';
    if (host === from.hostname) return from.ip;
    const dns = this.#mirror.list('Pod', 'kube-system').find((pod) => pod.metadata?.labels?.['k8s-app'] === 'kube-dns');
    const to: FlowEnd = dns ? { kind: 'pod', pod: networkPod(dns) } : { kind: 'address', ip: '10.96.0.10' };
    if (!this.#passes(from, to, 53, 'UDP')) return 'blocked';
    const [name = '', namespace = from.namespace, ...rest] = host.replace(/\.$/, '').split('.');
    if (['', 'svc', 'svc.cluster.local'].includes(rest.join('.'))) {
      const service = this.#mirror.get('Service', name, namespace);
      if (service)
        return service.spec?.clusterIP === 'None' ? this.#ready(namespace, name)[0]?.ip : service.spec?.clusterIP;
    }
    return isPublicName(host) && !this.#mirror.get('Namespace', namespace) ? publicAddress : undefined;
  }

  #local(from: PodSandbox, ip: string, port: number, protocol: string): Connection {
    const listener = this.#pods.get(from.uid)?.listeners.get(`${port}/${protocol}`);
    return listener ? { result: 'open', ip, listener } : { result: 'refused', ip };
  }

  #behindService(ip: string, port: number, protocol: string): { ip: string; port: number } | 'none' {
    const service = this.#mirror.list('Service').find(({ spec }) => spec?.clusterIP === ip);
    if (!service) return { ip, port };
    const own = service.spec?.ports?.find((each) => each.port === port && (each.protocol ?? 'TCP') === protocol);
    if (!own) return 'none';
    const ready = this.#ready(service.metadata?.namespace ?? '', service.metadata?.name ?? '', own.name ?? '');
    return ready[Math.floor(Math.random() * ready.length)] ?? 'none';
  }

  #ready(namespace: string, service: string, portName?: string): { ip: string; port: number }[] {
    return this.#mirror
      .list('EndpointSlice', namespace)
      .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === service)
      .flatMap((slice) => {
        const port = slice.ports?.find(({ name }) => portName === undefined || (name ?? '') === portName)?.port ?? 0;
        return (slice.endpoints ?? [])
          .filter(({ conditions }) => conditions?.ready !== false)
          .flatMap(({ addresses }) => addresses.map((address) => ({ ip: address, port })));
      });
  }

  #passes(from: PodSandbox, to: FlowEnd, port: number, protocol: 'TCP' | 'UDP'): boolean {
    this.#state ??= compilePolicies(this.#mirror.list('NetworkPolicy'), this.#mirror.list('Namespace'));
    return judgeFlow(this.#state, { from: this.#end(from), to, port, protocol }).allowed;
  }

  #end(sandbox: PodSandbox): FlowEnd {
    const pod: V1Pod | undefined = this.#mirror.get('Pod', sandbox.name, sandbox.namespace);
    return pod ? { kind: 'pod', pod: { ...networkPod(pod), ips: [sandbox.ip] } } : { kind: 'address', ip: sandbox.ip };
  }
}

function isPrivate(ip: string): boolean {
  return /^(10|127)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(ip);
}

function isPublicName(host: string): boolean {
  return /\.[a-z]{2,}\.?$/.test(host) && !/\.(svc|local)\.?$/.test(host);
}

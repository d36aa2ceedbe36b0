import type { V1Pod } from '@kubernetes/client-node';
import { compilePolicies, type NetworkState } from '../../../../../grader/network/compile.ts';
import { judgeFlow } from '../../../../../grader/network/engine.ts';
import type { FlowEnd } from '../../../../../grader/network/flow.ts';
import { networkPod } from '../../../../../grader/network/pod.ts';
import type { PodSandbox } from '../../container.ts';
import type { NodeMirror } from '../../node-mirror.ts';
import { isHeld } from './lab-rules.ts';
import { ClusterDns, type DnsAnswer } from './cluster-dns.ts';
import { readyEndpoints } from './endpoints.ts';
import type { Connection, Listener } from './listener.ts';
import { metadata, metadataAddress, outside } from './outside.ts';

/** The simulated network: what listens in pods, Services, cluster DNS; and on every connection NetworkPolicy and the lab's own rules. */
export class PodNetwork {
  readonly #mirror: NodeMirror;
  readonly #apiServer: Listener;
  readonly #dns: ClusterDns;
  readonly #pods = new Map<string, { sandbox: PodSandbox; listeners: Map<string, Listener> }>();
  readonly #forget: () => void;
  #state: NetworkState | undefined;

  /** @param apiServer what answers behind the Service `kubernetes`. */
  constructor(mirror: NodeMirror, apiServer: Listener) {
    this.#mirror = mirror;
    this.#apiServer = apiServer;
    this.#dns = new ClusterDns(mirror, (from, to, port, protocol) => this.#passes(from, to, port, protocol));
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

  /** Asks for the addresses of a name, from a pod. */
  lookup(from: PodSandbox, host: string): DnsAnswer {
    return this.#dns.lookup(from, host);
  }

  /** Opens a connection from a pod, by name or address. */
  connect(from: PodSandbox, host: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): Connection {
    const found = this.lookup(from, host);
    if (found.result !== 'found') return { result: 'unresolved', lost: found.result === 'lost' };
    const [ip = ''] = found.addresses;
    if (ip.startsWith('127.') || ip === '::1') return this.#local(from, ip, port, protocol);
    const target = this.#behindService(ip, port, protocol);
    if (target === 'none') return { result: 'refused', ip };
    const owner = [...this.#pods.values()].find(({ sandbox }) => sandbox.ip === target.ip && !sandbox.hostNetwork);
    const to: FlowEnd = owner ? this.#end(owner.sandbox) : { kind: 'address', ip: target.ip };
    if (!this.#passes(from, to, target.port, protocol)) return { result: 'timeout', ip };
    const open = (listener: Listener | undefined): Connection =>
      listener ? { result: 'open', ip, listener } : { result: 'refused', ip };
    if (owner) return open(owner.listeners.get(`${target.port}/${protocol}`));
    if (target.ip === metadataAddress) return open(port === 80 ? metadata : undefined);
    if (this.#isApiServer(target, protocol)) return open(this.#apiServer);
    return isPrivate(target.ip) ? { result: 'timeout', ip } : open(outside);
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
    const { namespace = '', name = '' } = service.metadata ?? {};
    const ready = readyEndpoints(this.#mirror, namespace, name, own.name ?? '');
    return ready[Math.floor(Math.random() * ready.length)] ?? 'none';
  }

  /** Only the API server writes the endpoints of the Service `kubernetes`. */
  #isApiServer({ ip, port }: { ip: string; port: number }, protocol: string): boolean {
    const endpoints = readyEndpoints(this.#mirror, 'default', 'kubernetes');
    return protocol === 'TCP' && endpoints.some((each) => each.ip === ip && each.port === port);
  }

  #passes(from: PodSandbox, to: FlowEnd, port: number, protocol: 'TCP' | 'UDP'): boolean {
    if (isHeld(this.#mirror, from, to, port)) return false;
    this.#state ??= compilePolicies(this.#mirror.list('NetworkPolicy'), this.#mirror.list('Namespace'));
    return judgeFlow(this.#state, { from: this.#end(from), to, port, protocol }).allowed;
  }

  #end(sandbox: PodSandbox): FlowEnd {
    const pod: V1Pod | undefined = this.#mirror.get('Pod', sandbox.name, sandbox.namespace);
    return pod ? { kind: 'pod', pod: { ...networkPod(pod), ips: [sandbox.ip] } } : { kind: 'address', ip: sandbox.ip };
  }
}

/** Addresses that no packet leaves the cluster for; those for documentation stand for the node's own network. */
function isPrivate(ip: string): boolean {
  return /^(10|127|0)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\.|^192\.0\.2\.|:/.test(ip);
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import { parseAllDocuments } from 'yaml';
import { applyAll, remove, type Applier } from '../../../server/cluster/apply.ts';
import { deleteNamespace } from '../../../server/cluster/delete-namespace.ts';
import type { Kube } from '../../../server/cluster/kube.ts';
import { Mirror } from '../../../server/cluster/mirror.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';
import { Slots } from '../../../server/slots.ts';
import type { Case, Seen } from './cases.ts';
import { factsOf } from './facts.ts';
import type { Names } from './normalise.ts';

const kinds = ['Event', 'Node', 'Pod', 'ServiceAccount', 'ConfigMap'] as const;
const longest = 120_000;
/** A kubelet that begins with more pods at a time may say that it is late with their sources instead of what they lack. */
const atATime = 16;

/** All cases on one cluster: applies their manifests, and follows what the node says of their pods. */
export class Gathering {
  readonly #kube: Kube;
  readonly #applier: Applier;
  readonly #mirror: Mirror;
  readonly #cases: readonly Case[];
  /** By the case's name: its pods as they were when it had settled. */
  readonly #settled = new Map<string, readonly V1Pod[]>();
  /** By the case's name: what is done to its pods once they have settled. */
  readonly #doing = new Map<string, Promise<void>>();
  /** By UID, as each was last seen. */
  readonly #pods = new Map<string, V1Pod>();

  constructor(kube: Kube, cases: readonly Case[]) {
    this.#kube = kube;
    this.#applier = { kube, paths: new ResourcePaths(kube) };
    this.#mirror = new Mirror(kube, pino({ level: 'silent' }), kinds);
    this.#cases = cases;
  }

  async open(): Promise<void> {
    await this.#removeNamespaces();
    await this.#mirror.start();
    this.#mirror.onChange(({ kind, type, object }) => {
      if (kind !== 'Pod' && kind !== 'Event') return;
      if (kind === 'Pod') this.#pods.set(object.metadata?.uid ?? '', object as V1Pod);
      const found = this.#cases.find(({ name }) => namespaceOf(name) === object.metadata?.namespace);
      if (!found || this.#settled.has(found.name)) return;
      if (kind === 'Pod' && type === 'deleted' && found.deletes) this.#settled.set(found.name, [object as V1Pod]);
      else this.#look(found);
    });
  }

  /** Applies the cases and waits until each has settled. @throws Error naming those that don't, and what is seen of them */
  async settle(signal: AbortSignal): Promise<void> {
    const slots = new Slots(atATime);
    await Promise.all(this.#cases.map((each) => slots.run(() => this.#settle(each, signal))));
    await Promise.all(this.#doing.values());
    const missing = this.#cases.filter(({ name }) => !this.#settled.has(name));
    if (missing.length === 0) return;
    const seen = missing.map(({ name }) => `${name}:\n  ${this.#facts(this.#seen(name)).join('\n  ')}`);
    throw new Error(`these cases did not come as far as they are compared:\n${seen.join('\n')}`);
  }

  /** Waits until `holds` does, asked after each change. @returns whether it did */
  until(holds: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#mirror.until(holds, withinMs, signal);
  }

  /** What is compared of a case that has settled, a line a fact. */
  facts(name: string): string[] {
    const { events } = this.#seen(name);
    return this.#facts({ pods: this.#settled.get(name) ?? [], events });
  }

  async close(): Promise<void> {
    await this.#mirror.stop();
    await this.#removeNamespaces();
  }

  #facts({ pods, events }: Seen): string[] {
    return factsOf({ pods, events }, [...this.#pods.values()], this.#names());
  }

  #seen(name: string): Seen {
    const namespace = namespaceOf(name);
    return {
      pods: this.#mirror.list('Pod', namespace),
      events: this.#mirror.list('Event', namespace).filter(({ involvedObject }) => involvedObject.kind === 'Pod'),
    };
  }

  #names(): Names {
    const [node, ...more] = this.#mirror.list('Node');
    if (!node || more.length > 0) throw new Error('words are compared on a cluster of one node');
    const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    return { node: node.metadata?.name ?? '', nodeIP: address ?? '' };
  }

  async #settle(found: Case, signal: AbortSignal): Promise<void> {
    await this.#apply(found, signal);
    await this.#mirror.until(() => this.#settled.has(found.name), longest, signal);
  }

  async #apply({ name }: Case, signal: AbortSignal): Promise<void> {
    const namespace = namespaceOf(name);
    await applyAll(this.#applier, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }], { signal });
    // Pods that come before these are refused, or fail to mount them for a while.
    const provided = () =>
      this.#mirror.get('ServiceAccount', 'default', namespace) !== undefined &&
      this.#mirror.get('ConfigMap', 'kube-root-ca.crt', namespace) !== undefined;
    if (!(await this.#mirror.until(provided, longest, signal)))
      throw new Error(`namespace ${namespace} has no default ServiceAccount`);
    await applyAll(this.#applier, await manifest(name, namespace), { signal });
  }

  #look(found: Case): void {
    const seen = this.#seen(found.name);
    if (!found.settled(seen)) return;
    const { name, deletes, debugs } = found;
    if (deletes) this.#once(name, () => this.#delete(seen.pods));
    else if (debugs) this.#once(name, () => this.#debug(seen.pods, debugs.with));
    if (!deletes && (!debugs || debugs.settled(seen))) this.#settled.set(name, seen.pods);
  }

  #once(name: string, act: () => Promise<void>): void {
    if (!this.#doing.has(name)) this.#doing.set(name, act());
  }

  async #delete(pods: readonly V1Pod[]): Promise<void> {
    await Promise.all(
      pods.map(({ metadata: { namespace, name } = {} }) =>
        remove(this.#applier, { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name } }),
      ),
    );
  }

  async #debug(pods: readonly V1Pod[], container: V1EphemeralContainer): Promise<void> {
    const options = {
      body: { spec: { ephemeralContainers: [container] } },
      contentType: 'application/strategic-merge-patch+json',
    };
    await Promise.all(
      pods.map(async ({ metadata: { namespace, name } = {} }) =>
        this.#kube.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/ephemeralcontainers`, options),
      ),
    );
  }

  async #removeNamespaces(): Promise<void> {
    await Promise.all(this.#cases.map(({ name }) => deleteNamespace(this.#kube, namespaceOf(name))));
  }
}

function namespaceOf(name: string): string {
  return `words-${name}`;
}

async function manifest(name: string, namespace: string): Promise<KubernetesObject[]> {
  const text = await readFile(join(import.meta.dirname, 'manifests', `${name}.yaml`), 'utf8');
  return parseAllDocuments(text).map((document) => {
    const object = document.toJS() as KubernetesObject;
    (object.metadata ??= {}).namespace = namespace;
    return object;
  });
}

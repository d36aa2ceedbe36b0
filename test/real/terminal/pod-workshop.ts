import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject, V1PolicyRule } from '@kubernetes/client-node';
import { pino } from 'pino';
import { inject } from 'vitest';
import { accountName } from '../../../server/attempt/account.ts';
import { learnersNamespace } from '../../../server/attempt/labels.ts';
import { applyAll, remove, type Applier } from '../../../server/cluster/apply.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { Mirror } from '../../../server/cluster/mirror.ts';
import { oneContext } from '../../../server/cluster/one-context.ts';
import { requestToken } from '../../../server/cluster/request-token.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';
import { createPodTerminals, type PodTerminalOptions } from '../../../server/terminal/pod-service.ts';
import { defaultNamespaceRights, learnersNamespaceRights } from '../../../server/terminal/pod/rights.ts';
import type { TerminalService, WorkspaceSetup } from '../../../server/terminal/service.ts';
import { Way } from './way.ts';
import { Client } from '../../unit/terminal/client.ts';
import { setupOf } from '../../unit/terminal/workshop.ts';

export const log = pino({ level: process.env['HAECHI_TEST_LOG'] ?? 'silent' });
const rbac = 'rbac.authorization.k8s.io';

/** One process of the platform: its way to the API server and what it has there. */
interface Platform {
  way: Way;
  kube: Kube;
  mirror: Mirror;
  service: TerminalService;
}

/** Terminals in pods of a real cluster, by an identity that has the rights that are listed for it and no others. */
export class PodWorkshop {
  /** Of the administrator, for what tests look at. */
  readonly admin: Applier;
  /** A namespace that learners of this workshop administer. */
  readonly namespace: string;
  readonly #prefix: string;
  readonly #folder: string;
  readonly #changes: Partial<PodTerminalOptions>;
  readonly #objects: KubernetesObject[];
  readonly #platforms: Platform[] = [];
  readonly #accounts: KubernetesObject[] = [];

  private constructor(admin: Applier, prefix: string, folder: string, changes: Partial<PodTerminalOptions>) {
    this.admin = admin;
    this.#prefix = prefix;
    this.namespace = namespaceOf(prefix);
    this.#folder = folder;
    this.#changes = changes;
    this.#objects = platformObjects(prefix);
  }

  static async open(changes: Partial<PodTerminalOptions> = {}): Promise<PodWorkshop> {
    const kube = new Kube(inject('kubeconfig'));
    const folder = await mkdtemp(join(tmpdir(), 'haechi-pods-'));
    const image = changes.image ?? loadImage();
    const prefix = `t${randomBytes(3).toString('hex')}-`;
    const workshop = new PodWorkshop({ kube, paths: new ResourcePaths(kube) }, prefix, folder, { ...changes, image });
    await applyAll(workshop.admin, workshop.#objects);
    await workshop.#start();
    return workshop;
  }

  get service(): TerminalService {
    return this.#platform.service;
  }

  /** How the platform reaches the API server. */
  get way(): Way {
    return this.#platform.way;
  }

  get #platform(): Platform {
    const last = this.#platforms.at(-1);
    if (!last) throw new Error('no platform has been started');
    return last;
  }

  async #start(): Promise<void> {
    const way = await Way.open(this.admin.kube);
    const kube = new Kube(await platformKubeconfig(this.admin, this.#prefix, way));
    const mirror = new Mirror(kube, log);
    await mirror.start();
    const applier = { kube, paths: new ResourcePaths(kube) };
    const service = await createPodTerminals({ dataFolder: this.#folder, applier, mirror, log, ...this.#changes });
    this.#platforms.push({ way, kube, mirror, service });
  }

  id(name: string): string {
    return this.#prefix + name;
  }

  /** With the attempt's account, which administers the workshop's namespace. */
  async setup(name: string, changes: Partial<WorkspaceSetup> = {}): Promise<WorkspaceSetup> {
    const account = accountName(this.id(name));
    const objects = [
      object('v1', 'ServiceAccount', { name: account, namespace: learnersNamespace }),
      object(
        `${rbac}/v1`,
        'RoleBinding',
        { name: account, namespace: this.namespace },
        {
          roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'admin' },
          subjects: [{ kind: 'ServiceAccount', name: account, namespace: learnersNamespace }],
        },
      ),
    ];
    await applyAll(this.admin, objects);
    this.#accounts.push(...objects);
    return setupOf(this.id(name), changes);
  }

  async terminal(name: string): Promise<Client> {
    const { id } = await this.service.open(this.id(name), { columns: 200, rows: 40 });
    const client = new Client(this.service, id).attach();
    await client.until('$ ');
    return client;
  }

  async run(name: string, script: string): Promise<string> {
    return (await this.service.run(this.id(name), script, AbortSignal.timeout(60_000))).output;
  }

  /** The pods of an attempt as the API server has them. */
  async pods(name: string): Promise<{ metadata: { name: string }; status: { podIP: string } }[]> {
    const { value } = await this.admin.kube.request<{
      items: { metadata: { name: string }; status: { podIP: string } }[];
    }>('GET', `/api/v1/namespaces/${learnersNamespace}/pods`, {
      query: { labelSelector: `haechi.dev/attempt=${this.id(name)}` },
    });
    return value.items;
  }

  /** Stops the platform and starts another on the same folder. @param crash cuts the first one off as it is. */
  async restart({ crash = false } = {}): Promise<void> {
    if (crash) {
      this.way.closed = true;
      this.way.cut();
    } else await stop(this.#platform);
    await this.#start();
  }

  async close(): Promise<void> {
    for (const platform of this.#platforms) await stop(platform);
    const { value } = await this.admin.kube.request<{ items: KubernetesObject[] }>(
      'GET',
      `/api/v1/namespaces/${learnersNamespace}/pods`,
    );
    const pods = value.items.filter(({ metadata }) =>
      metadata?.labels?.['haechi.dev/attempt']?.startsWith(this.#prefix),
    );
    for (const object of [
      ...pods.map((pod) => ({ ...pod, apiVersion: 'v1', kind: 'Pod' })),
      ...this.#accounts.filter(({ metadata }) => metadata?.namespace === learnersNamespace),
      // The learners' namespace is shared.
      ...this.#objects.filter(({ metadata }) => metadata?.name !== learnersNamespace),
    ])
      await remove(this.admin, object);
    await this.admin.kube.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function stop({ way, kube, mirror, service }: Platform): Promise<void> {
  await service.stop();
  await mirror.stop();
  await kube.close();
  await way.close();
}

function namespaceOf(prefix: string): string {
  return `${prefix}lab`;
}

function platformObjects(prefix: string): KubernetesObject[] {
  const namespace = namespaceOf(prefix);
  const name = `${prefix}platform`;
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const bound = (where: string | undefined, rules: V1PolicyRule[]) => {
    const kind = where === undefined ? 'ClusterRole' : 'Role';
    const metadata = { name, ...(where === undefined ? {} : { namespace: where }) };
    const roleRef = { apiGroup: rbac, kind, name };
    return [
      object(`${rbac}/v1`, kind, metadata, { rules }),
      object(`${rbac}/v1`, `${kind}Binding`, metadata, { roleRef, subjects }),
    ];
  };
  return [
    object('v1', 'Namespace', { name: namespace }),
    object('v1', 'Namespace', {
      name: learnersNamespace,
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    }),
    object('v1', 'ServiceAccount', { name, namespace }),
    ...bound(learnersNamespace, learnersNamespaceRights),
    ...bound('default', defaultNamespaceRights),
    // The platform's mirror is of the whole cluster.
    ...bound(undefined, [{ apiGroups: ['*'], resources: ['*'], verbs: ['list', 'watch'] }]),
  ];
}

function object(apiVersion: string, kind: string, metadata: KubernetesObject['metadata'], rest = {}): KubernetesObject {
  return { apiVersion, kind, metadata, ...rest };
}

async function platformKubeconfig(admin: Applier, prefix: string, way: Way): Promise<string> {
  const account = { namespace: namespaceOf(prefix), name: `${prefix}platform` };
  const { token } = await requestToken(admin.kube, account, {});
  const authority = admin.kube.connection.cluster['certificate-authority-data'];
  const cluster = { ...way.cluster, 'certificate-authority-data': authority };
  return JSON.stringify(oneContext({ cluster, user: { name: 'platform', credentials: { token } } }));
}

/** Makes the image where it has not been made, and says its name. */
function loadImage(): string {
  const program = join(import.meta.dirname, '..', 'images', 'workbench');
  return execFileSync(program, [inject('kubectl')], { encoding: 'utf8' }).trim();
}

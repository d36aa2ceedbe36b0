import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { attemptLabel } from '../../../server/attempt/labels.ts';
import { applyAll, remove, type Applier } from '../../../server/cluster/apply.ts';
import type { GetFromPod } from '../../../server/cluster/cluster.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';
import { substitute, variableName, type Names } from '../../../server/content/names.ts';
import type { Verdict } from '../../../server/contract/verdict.ts';
import type { JudgeContext } from '../../../server/grader/check.ts';
import { graderKube } from '../../../server/grader/identity.ts';

/** An attempt without a learner: namespaces of its own, and the grader's identity. */
export interface Setting {
  admin: Kube;
  names: Names;
  context: JudgeContext;
  /** Applies YAML with the attempt's variables, and resolves with the objects. */
  apply: (yaml: string) => Promise<KubernetesObject[]>;
  remove: (...objects: KubernetesObject[]) => Promise<void>;
  close: () => Promise<void>;
}

/** @param start YAML of the scenario: what the attempt starts with. Objects without a namespace go to production. */
export async function openSetting(
  kubeconfig: string,
  start: string,
  getFromPod: GetFromPod = () => Promise.resolve({ result: 'impossible', detail: 'not in this test' }),
): Promise<Setting> {
  const admin = new Kube(kubeconfig);
  const applier: Applier = { kube: admin, paths: new ResourcePaths(admin) };
  const suffix = `test-${randomBytes(3).toString('hex')}`;
  const own = (list: string[]) => Object.fromEntries(list.map((name) => [name, `${name}-${suffix}`]));
  const namespaces = own(['production', 'staging']);
  const users = own(['developer-user']);
  const clusterObjects = own(['shop-nodes']);
  const all = { ...namespaces, ...users, ...clusterObjects };
  const names: Names = {
    namespaces,
    users,
    clusterObjects,
    mainNamespace: namespaces.production ?? '',
    variables: Object.fromEntries(Object.entries(all).map(([name, real]) => [variableName(name), real])),
  };
  const parse = (yaml: string): KubernetesObject[] =>
    [...parseAllDocuments(substitute(yaml, names.variables))].map((document) => {
      const object = document.toJS() as KubernetesObject;
      const scoped = /^(Namespace|Cluster)/.test(object.kind ?? '');
      if (object.metadata && !scoped) object.metadata.namespace ??= names.mainNamespace;
      return object;
    });
  const apply = async (yaml: string) => {
    const objects = parse(yaml);
    await applyAll(applier, objects);
    return objects;
  };
  const made = Object.values(namespaces).map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { [attemptLabel]: suffix } },
  }));
  await applyAll(applier, made);
  const objects = start === '' ? [] : await apply(start);
  const kube = await graderKube(applier);
  return {
    admin,
    names,
    context: { kube, names, start: objects, getFromPod, signal: AbortSignal.timeout(120_000) },
    apply,
    remove: async (...gone) => {
      for (const object of gone) await remove(applier, object);
    },
    close: async () => {
      for (const object of [...made, ...objects.filter(({ kind = '' }) => kind.startsWith('Cluster'))]) {
        await remove(applier, object);
      }
      await kube.close();
      await admin.close();
    },
  };
}

/** The words of a verdict in English, one line a finding: `found | where`. */
export function said({ findings }: Verdict): string[] {
  return findings.map(({ found, where }) => `${found.en} | ${where}`);
}

/** Asks again until the answer is right; resolves with the last answer after some seconds in any case. */
export async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean, seconds = 20): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || Date.now() > deadline) return answer;
    await sleep(100);
  }
}

/** The default ServiceAccount is made a moment after its namespace; no pod is admitted before. */
export async function accountReady(kube: Kube, namespace: string): Promise<void> {
  const list = () =>
    kube
      .request<{ items: object[] }>('GET', `/api/v1/namespaces/${namespace}/serviceaccounts`)
      .then((a) => a.value.items);
  await until(list, (items) => items.length > 0);
}

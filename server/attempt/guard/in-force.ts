import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, V1PolicyRule } from '@kubernetes/client-node';
import { applyAll, type Applier } from '../../cluster/apply.ts';
import { KubeError } from '../../cluster/kube-error.ts';
import { attemptLabel, guardLabel } from '../labels.ts';

const canary = 'haechi-canary';
const rbac = 'rbac.authorization.k8s.io';

/** Somebody whom RBAC lets do what the admission policies must refuse, and nothing else. */
const canaryObjects: KubernetesObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: canary, labels: { [attemptLabel]: canary } } },
  role('Role', [
    {
      apiGroups: [''],
      resources: ['pods', 'pods/exec', 'resourcequotas', 'services', 'configmaps'],
      verbs: ['create'],
    },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  ]),
  role('ClusterRole', [{ apiGroups: [''], resources: ['namespaces'], verbs: ['create'] }]),
  binding('Role'),
  binding('ClusterRole'),
];

/** For each admission policy, what it must refuse. */
const refused: { path: string; body: { kind: string } & Record<string, unknown>; dryRun?: boolean }[] = [
  {
    path: `/api/v1/namespaces/${canary}/pods`,
    body: {
      kind: 'Pod',
      metadata: { name: canary },
      spec: { containers: [{ name: canary, image: canary, securityContext: { privileged: true } }] },
    },
  },
  {
    path: `/api/v1/namespaces/${canary}/resourcequotas`,
    body: {
      kind: 'ResourceQuota',
      metadata: { name: canary, labels: { [guardLabel]: 'true' } },
      spec: { hard: { pods: '1' } },
    },
  },
  {
    // There is no dry run of it and no such pod: what isn't refused isn't found.
    path: `/api/v1/namespaces/${canary}/pods/${canary}/exec?container=haechi-${canary}&command=true&stdout=true`,
    body: { kind: 'PodExecOptions' },
    dryRun: false,
  },
  {
    path: '/api/v1/namespaces',
    body: { kind: 'Namespace', metadata: { name: `${canary}-2`, labels: { [attemptLabel]: canary } } },
  },
  {
    path: `/api/v1/namespaces/${canary}/services`,
    body: { kind: 'Service', metadata: { name: canary }, spec: { type: 'NodePort', ports: [{ port: 80 }] } },
  },
  {
    path: `/api/v1/namespaces/${canary}/configmaps`,
    body: { kind: 'ConfigMap', metadata: { name: canary, finalizers: [`${canary}/x`] } },
  },
  {
    path: `/apis/coordination.k8s.io/v1/namespaces/${canary}/leases`,
    body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: canary } },
  },
];

/**
 * Resolves when the API server enforces the admission policies: it takes them up some time after they are written, and
 * nobody may be let in before. Asks by dry runs of what must be refused, as somebody whom RBAC doesn't refuse it.
 */
export async function policiesInForce(applier: Applier, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  await makeCanary(applier, deadline);
  await Promise.all(
    refused.map(async ({ path, body, dryRun = true }) => {
      while (!(await isRefused(applier, path, body, dryRun))) {
        if (Date.now() > deadline)
          throw new Error(
            `the cluster doesn't enforce ValidatingAdmissionPolicies: it would accept a ${body.kind} that contains no learner`,
          );
        await sleep(50);
      }
    }),
  );
}

/** Policies of a platform that was somebody else may be in force for another moment, and they don't know this one. */
async function makeCanary(applier: Applier, deadline: number): Promise<void> {
  for (;;) {
    try {
      await applyAll(applier, canaryObjects);
      return;
    } catch (error) {
      if (!isOurs(error) || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/** Whether one of the admission policies refused it. */
function isOurs(error: unknown): boolean {
  return error instanceof KubeError && error.message.includes('Haechi:');
}

async function isRefused({ kube }: Applier, path: string, body: object, dryRun: boolean): Promise<boolean> {
  try {
    await kube.request('POST', path, {
      ...(dryRun ? { query: { dryRun: 'All' } } : {}),
      headers: { 'impersonate-user': canary },
      body: { apiVersion: 'v1', ...body },
    });
    return false;
  } catch (error) {
    if (error instanceof KubeError) return isOurs(error);
    throw error;
  }
}

function role(kind: 'Role' | 'ClusterRole', rules: V1PolicyRule[]): KubernetesObject & { rules: V1PolicyRule[] } {
  return { apiVersion: `${rbac}/v1`, kind, metadata: metadataOf(kind), rules };
}

function binding(kind: 'Role' | 'ClusterRole'): KubernetesObject & { roleRef: object; subjects: object[] } {
  return {
    apiVersion: `${rbac}/v1`,
    kind: kind === 'Role' ? 'RoleBinding' : 'ClusterRoleBinding',
    metadata: metadataOf(kind),
    roleRef: { apiGroup: rbac, kind, name: canary },
    subjects: [{ apiGroup: rbac, kind: 'User', name: canary }],
  };
}

function metadataOf(kind: 'Role' | 'ClusterRole') {
  return { name: canary, ...(kind === 'Role' ? { namespace: canary } : {}) };
}

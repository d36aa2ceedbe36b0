import { readFile } from 'node:fs/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { applyAll, type Applier } from '../../cluster/apply.ts';
import { substituteAll } from '../../content/names.ts';
import { learnersNamespace, systemNamespace } from '../labels.ts';
import { policiesInForce } from './in-force.ts';
import { learnerRole } from './learner-role.ts';

/**
 * Puts in place what contains every learner: the platform's namespaces, the learners' role and the admission policies.
 * Applied at each start, so that a newer version's rules hold for attempts that go on.
 */
export async function applyGuard(applier: Applier): Promise<void> {
  const platform = await whoAmI(applier);
  const policies = await readPolicies(platform);
  await applyAll(applier, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: learnersNamespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    learnerRole,
    ...policies,
    ...policies.map(bindingOf),
  ]);
  await policiesInForce(applier, 15_000);
}

/** @returns the user name that the API server knows the platform by. */
async function whoAmI({ kube }: Applier): Promise<string> {
  const { value } = await kube.request<{ status: { userInfo: { username: string } } }>(
    'POST',
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
  );
  return value.status.userInfo.username;
}

async function readPolicies(platform: string): Promise<KubernetesObject[]> {
  const text = await readFile(new URL('admission-policies.yaml', import.meta.url), 'utf8');
  const user = 'request.userInfo.username';
  const others = [
    `${user} != '${platform.replaceAll("'", "\\'")}'`,
    `${user} != 'system:apiserver'`,
    ...[
      `system:serviceaccount:${systemNamespace}:`,
      'system:serviceaccount:kube-system:',
      'system:kube-',
      'system:node:',
    ].map((prefix) => `!${user}.startsWith('${prefix}')`),
  ].join(' && ');
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) throw new Error('admission-policies.yaml is empty');
  return documents.map((document) => substituteAll(document.toJS() as KubernetesObject, { OTHERS: others }));
}

function bindingOf(policy: KubernetesObject): KubernetesObject & { spec: object } {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: policy.metadata?.name ?? '' },
    spec: { policyName: policy.metadata?.name, validationActions: ['Deny'] },
  };
}

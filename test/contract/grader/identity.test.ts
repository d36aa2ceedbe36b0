import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeError } from '../../../server/cluster/kube-error.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';
import { graderKube } from '../../../server/grader/identity.ts';
import { accountReady, until } from './setting.ts';

let admin: Kube;
let grader: Kube;

beforeAll(async () => {
  admin = new Kube(inject('kubeconfig'));
  grader = await graderKube({ kube: admin, paths: new ResourcePaths(admin) });
  await accountReady(grader, 'default');
});
afterAll(async () => {
  await grader.close();
  await admin.close();
});

/** Resolves with the refusal of a request, or with null. */
async function refusal(method: string, path: string, body?: object, query: Record<string, string> = {}) {
  try {
    await grader.request(method, path, {
      body,
      query,
      contentType: method === 'PATCH' ? 'application/merge-patch+json' : undefined,
    });
    return null;
  } catch (error) {
    return (error as KubeError).message;
  }
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'trial-' },
  spec: { containers: [{ name: 'app', image: 'registry.k8s.io/pause:3.10' }] },
};

describe("the grader's identity", () => {
  it('is an account of its own, and can be made again', async () => {
    const { value } = await grader.request<{ status: { userInfo: { username: string } } }>(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
    );
    expect(value.status.userInfo.username).toBe('system:serviceaccount:haechi-system:haechi-grader');
    await (await graderKube({ kube: admin, paths: new ResourcePaths(admin) })).close();
  });

  it.each([
    ['GET', '/api/v1/namespaces/default/secrets'],
    ['GET', '/api/v1/namespaces/default/configmaps'],
    ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'],
    ['POST', '/api/v1/namespaces/default/serviceaccounts/default/token'],
    ['DELETE', '/api/v1/namespaces/default'],
  ])('may not %s %s', async (method, path) => {
    expect(await refusal(method, path, method === 'GET' ? undefined : {})).toMatch(
      /^\S+ .*is forbidden: User "system:serviceaccount:haechi-system:haechi-grader" cannot/,
    );
  });

  it('makes pods and labels in dry runs alone', async () => {
    expect(await refusal('POST', '/api/v1/namespaces/default/pods', pod, { dryRun: 'All' })).toBeNull();
    // An admission policy takes a moment to be enforced.
    const refused = await until(
      () => refusal('POST', '/api/v1/namespaces/default/pods', { ...pod, metadata: { name: 'real' } }),
      (message) => message?.includes('Haechi') ?? false,
      5,
    );
    await admin.request('DELETE', '/api/v1/namespaces/default/pods/real').catch(() => undefined);
    expect(refused).toMatch(/Haechi: the grader changes nothing; its requests are dry runs/);
    const labels = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } };
    expect(await refusal('PATCH', '/api/v1/namespaces/default', labels, { dryRun: 'All' })).toBeNull();
    expect(await refusal('PATCH', '/api/v1/namespaces/default', labels)).toMatch(/its requests are dry runs/);
  });
});

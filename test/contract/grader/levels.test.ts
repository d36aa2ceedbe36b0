import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KubeError } from '../../../server/cluster/kube-error.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { accountReady } from './setting.ts';
import { fixtures } from '../../unit/pod-security/fixtures.ts';

const levels = ['baseline', 'restricted'] as const;
const suffix = randomBytes(3).toString('hex');
const namespaceOf = (level: string) => `levels-${level}-${suffix}`;
let kube: Kube;

beforeAll(async () => {
  kube = new Kube(inject('kubeconfig'));
  for (const level of levels) {
    await kube.request('POST', '/api/v1/namespaces', {
      body: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespaceOf(level), labels: { 'pod-security.kubernetes.io/enforce': level } },
      },
    });
    await accountReady(kube, namespaceOf(level));
  }
});

afterAll(async () => {
  for (const level of levels) await kube.request('DELETE', `/api/v1/namespaces/${namespaceOf(level)}`);
  await kube.close();
});

/** What the API server's own admission says of the pods that the unit tests judge. */
describe.each(levels)('%s, by the API server', (level) => {
  it.each(fixtures)('$name', async ({ spec, annotations, ...words }) => {
    const answer = kube.request('POST', `/api/v1/namespaces/${namespaceOf(level)}/pods`, {
      query: { dryRun: 'All' },
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'trial', annotations }, spec },
    });
    if (words[level] === '') await expect(answer).resolves.toBeTruthy();
    else {
      const error = await answer.then(
        () => null,
        (refusal: unknown) => refusal,
      );
      expect(error).toBeInstanceOf(KubeError);
      expect((error as KubeError).message).toBe(
        `pods "trial" is forbidden: violates PodSecurity "${level}:latest": ${words[level]}`,
      );
    }
  });
});

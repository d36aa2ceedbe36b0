import { randomBytes } from 'node:crypto';
import type { V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { learnersNamespace } from '../../server/attempt/labels.ts';
import { apply } from '../../server/cluster/apply.ts';
import { ResourcePaths } from '../../server/cluster/resource-paths.ts';
import { reachPolicy, workbenchPod, workbenchSizes } from '../../server/terminal/pod/manifests.ts';
import { AttemptsUnderTest, learner } from './attempt/platform.ts';

let platform: AttemptsUnderTest;
beforeAll(async () => {
  platform = await AttemptsUnderTest.open();
});
afterAll(() => platform.close());

test('the API server takes the policy of what a workbench reaches, and it goes with its pod', async () => {
  const { kube } = platform;
  const applier = { kube, paths: new ResourcePaths(kube) };
  const attempt = `reach-${randomBytes(3).toString('hex')}`;
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: `attempt-${attempt}`, namespace: learnersNamespace },
  };
  await apply(applier, account);
  const name = `workbench-${attempt}-1`;
  const pod = await apply<V1Pod>(applier, workbenchPod(attempt, name, 'localhost/none:1', workbenchSizes));
  const path = `/apis/networking.k8s.io/v1/namespaces/${learnersNamespace}/networkpolicies`;
  const selector = { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] };
  const reach = { namespace: 'production', podSelector: selector, port: 8080, protocol: 'TCP' } as const;
  await apply(applier, reachPolicy(pod, [reach]));
  const { value } = await kube.request<V1NetworkPolicy>('GET', `${path}/${name}`);
  expect(value.spec?.podSelector?.matchLabels?.['haechi.dev/attempt']).toBe(attempt);
  expect(value.spec?.egress).toEqual([
    {
      to: [
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'production' } }, podSelector: selector },
      ],
      ports: [{ protocol: 'TCP', port: 8080 }],
    },
  ]);
  // An earlier version of the lab let it reach more.
  await apply(applier, reachPolicy(pod, []));
  const { value: after } = await kube.request<V1NetworkPolicy>('GET', `${path}/${name}`);
  expect(after.spec?.egress ?? []).toEqual([]);
  expect(after.spec?.policyTypes).toEqual(['Egress']);
  await kube.request('DELETE', `/api/v1/namespaces/${learnersNamespace}/pods/${name}`);
  await expect.poll(() => platform.list(path), { timeout: 20_000 }).not.toContain(name);
  await kube.request('DELETE', `/api/v1/namespaces/${learnersNamespace}/serviceaccounts/attempt-${attempt}`);
});

test('where pods are simulated, a terminal of a lab that reaches pods says what there is instead', async () => {
  const id = 'week-08/default-deny';
  const lab = platform.content.labs.get(id);
  if (!lab) throw new Error(`there is no ${id}`);
  const terminal = { reaches: [{ to: 'production/frontend', port: 8080, protocol: 'TCP' as const }] };
  platform.content.labs.set(id, { ...lab, terminal });
  try {
    const { id: attempt } = await platform.attempts.start(learner('reach'), id);
    await platform.when(attempt, ({ state }) => state === 'active');
    const { id: shell } = await platform.terminals.open(attempt, { columns: 200, rows: 40 });
    let shown = '';
    platform.terminals.attach(shell, 0, ({ data }) => (shown += Buffer.from(data).toString()));
    await expect.poll(() => shown, { timeout: 20_000 }).toContain('$ ');
    expect(shown).toContain('For pods there are kubectl port-forward and kubectl exec.');
    await platform.attempts.end(learner('reach'), attempt);
  } finally {
    platform.content.labs.set(id, lab);
  }
});

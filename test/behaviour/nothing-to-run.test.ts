import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountObjects, learnerKubeconfig, namespaceGuards } from '../../server/attempt/account.ts';
import { cleanUp } from '../../server/attempt/clean-up.ts';
import { attemptLabel } from '../../server/attempt/labels.ts';
import { applyAll } from '../../server/cluster/apply.ts';
import { namesFor } from '../../server/content/names.ts';
import { bareScenario } from './bare-scenario.ts';
import { openClusterUnderTest, type ClusterUnderTest } from './cluster-under-test.ts';

const attempt = 'nothing-to-run';
const names = namesFor(bareScenario, attempt);
const namespace = names.mainNamespace;
/** As a scenario's that holds a part of its node; server/content/scenario-rules.ts wants an image without a shell for it. */
const pod: KubernetesObject & { spec: object } = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'intruder', namespace },
  spec: {
    terminationGracePeriodSeconds: 1,
    hostNetwork: true,
    containers: [
      { name: 'c', image: 'registry.k8s.io/pause:3.10', securityContext: { privileged: true, runAsUser: 0 } },
    ],
  },
};

let under: ClusterUnderTest;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-nothing-'));
  under = await openClusterUnderTest();
  const { applier } = under.environment;
  const labels = { [attemptLabel]: attempt };
  await applyAll(applier, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    ...accountObjects(attempt, names),
    ...namespaceGuards(attempt, names),
    pod,
  ]);
  const kubeconfig = await learnerKubeconfig(applier, attempt, namespace, 3600);
  await writeFile(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
  expect(await kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'pod/intruder')).toContain('condition met');
});
afterAll(async () => {
  await cleanUp(under.environment.applier, attempt, names, []);
  await under.stop();
  await rm(folder, { recursive: true });
});

/** @returns what it printed, and whether it failed. */
function kubectl(...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const all = ['--kubeconfig', join(folder, 'kubeconfig'), ...args];
    execFile(under.cluster.kubectl(), all, (error, stdout, stderr) => {
      resolve(`${error ? 'failed: ' : ''}${stdout}${stderr}`);
    });
  });
}

test.each(['sh', '/bin/sh', 'ls', 'cat', 'tar', 'nsenter', '/proc/1/root/bin/sh'])(
  'there is no %s to run in a pod that would give away its node',
  async (program) => {
    expect(await kubectl('exec', 'intruder', '--', program)).toMatch(/^failed: .*(not found|no such file)/s);
  },
);

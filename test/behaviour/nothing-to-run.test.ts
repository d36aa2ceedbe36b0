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
/** As a scenario's that hold a part of their node; server/content/scenario-rules.ts wants an image without a shell for them. */
const pods = {
  intruder: podOf('intruder', { privileged: true, runAsUser: 0 }, { hostNetwork: true }),
  capable: podOf('capable', { capabilities: { add: ['SYS_ADMIN', 'SYS_PTRACE'] }, runAsUser: 0 }),
};
const podNames = Object.keys(pods);

function podOf(name: string, securityContext: object, spec: object = {}): KubernetesObject & { spec: object } {
  const container = { name: 'c', image: 'registry.k8s.io/pause:3.10', securityContext };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { terminationGracePeriodSeconds: 1, containers: [container], ...spec },
  };
}

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
    ...Object.values(pods),
  ]);
  const kubeconfig = await learnerKubeconfig(applier, attempt, namespace, 3600);
  await writeFile(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
  for (const pod of podNames)
    expect(await kubectl('wait', '--for=condition=Ready', '--timeout=60s', `pod/${pod}`)).toContain('condition met');
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

const programs = ['sh', '/bin/sh', 'ls', 'cat', 'tar', 'nsenter', '/proc/1/root/bin/sh'];
test.each(podNames.flatMap((pod) => programs.map((program) => [program, pod] as const)))(
  'there is no %s to run in %s, a pod that would give away its node',
  async (program, pod) => {
    expect(await kubectl('exec', pod, '--', program)).toMatch(/^failed: .*(not found|no such file)/s);
  },
);

test.each(podNames)('and none can be brought into %s', async (pod) => {
  const refused = /^failed: .*Haechi: what runs in a pod with privileged containers, host namespaces or capabilities/s;
  const image = 'docker.io/library/busybox:1.37';
  expect(await kubectl('set', 'image', `pod/${pod}`, `c=${image}`)).toMatch(refused);
  for (const profile of ['general', 'baseline', 'restricted'])
    expect(await kubectl('debug', pod, `--image=${image}`, `--profile=${profile}`, '--', 'true')).toMatch(refused);
  // A copy of it is a new pod, which a learner may not make so.
  expect(await kubectl('debug', pod, `--copy-to=${pod}-2`, `--set-image=c=${image}`)).toMatch(
    /^failed: .*Haechi: a learner can't add /s,
  );
  expect(await kubectl('get', 'pods', '-o', 'name')).toBe('pod/capable\npod/intruder\n');
});

import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Kube } from '../../../server/cluster/kube.ts';
import { compilePolicies } from '../../../server/grader/network/compile.ts';
import { judgeFlow } from '../../../server/grader/network/engine.ts';
import { networkPod } from '../../../server/grader/network/pod.ts';
import { proofOf } from '../../../server/grader/traffic/trials/proof.ts';
import { Slots } from '../../../server/slots.ts';
import { holdCluster } from '../hold.ts';
import { policySets } from './policy-sets.ts';
import { triedPorts, World } from './world.ts';

/**
 * The engine against real packets: random sets of policies, every two pods, every port, engine and packets compared. The
 * number of sets and the seed are HAECHI_PACKET_SETS and HAECHI_PACKET_SEED.
 */
const numRuns = Number(process.env['HAECHI_PACKET_SETS'] ?? 3);
const seed = Number(process.env['HAECHI_PACKET_SEED'] ?? 1);
/** How many worlds are tried side by side. */
const atOnce = Math.min(5, numRuns);
/** For a set, in seconds: pods that are busy are slow, too. */
const patience = 120;

holdCluster();
let kube: Kube;
let worlds: World[];
beforeAll(async () => {
  kube = new Kube(inject('kubeconfig'));
  worlds = Array.from({ length: atOnce }, (_, index) => new World(kube, `packets-${index}`));
  await Promise.all(worlds.map((world) => world.open(AbortSignal.timeout(90_000))));
});
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  await kube.close();
});

test(
  `engine and packets agree on ${numRuns} sets of policies from seed ${seed}`,
  { timeout: numRuns * patience * 1000 },
  async () => {
    const seen = { tried: 0, passed: 0, dropped: 0, again: 0 };
    const differences: string[] = [];
    const began = Date.now();
    const tryWorld = async (world: World, index: number) => {
      const ips = world.pods.map(({ status }) => status?.podIP ?? '');
      const sets = policySets(world.names, ips, { numRuns, seed }).filter((_, number) => number % atOnce === index);
      for (const set of sets) {
        const signal = AbortSignal.timeout(patience * 1000);
        const policies = await world.apply(set, signal);
        const first = await tryAll(world, policies, signal);
        const late = first.some(({ agrees }) => !agrees);
        seen.again += first.filter(({ agrees }) => !agrees).length;
        // A machine that is busy may be too late once, not twice, and one pod after the other.
        const again = late
          ? new Map((await tryAll(world, policies, signal, 1)).map((each) => [each.name, each]))
          : null;
        const trials = first.map((trial) => (trial.agrees ? trial : (again?.get(trial.name) ?? trial)));
        seen.tried += trials.length;
        seen.passed += trials.filter(({ proof }) => proof === 'passed').length;
        seen.dropped += trials.filter(({ proof }) => proof === 'dropped').length;
        const different = trials.filter(({ agrees }) => !agrees);
        if (different.length === 0) continue;
        differences.push(
          `${different.map(({ name, said }) => `${name} ${said}`).join('; ')} by ${JSON.stringify(set)}`,
        );
      }
    };
    await Promise.all(worlds.map(tryWorld));
    process.stderr.write(
      `packets: ${JSON.stringify({ sets: numRuns, ...seen, seconds: (Date.now() - began) / 1000 })}\n`,
    );
    expect(differences).toEqual([]);
    // Sets that let everything through, or nothing, would prove nothing.
    expect(seen.passed).toBeGreaterThan(seen.tried / 10);
    expect(seen.dropped).toBeGreaterThan(seen.tried / 10);
  },
);

/** @param sideBySide from how many pods at the same time. */
async function tryAll(world: World, policies: V1NetworkPolicy[], signal: AbortSignal, sideBySide = Infinity) {
  const { pods } = world;
  const state = compilePolicies(policies, world.namespaces);
  const slots = new Slots(sideBySide);
  const all = await Promise.all(
    pods.map((source) =>
      slots.run(async () => {
        const flows = pods
          .filter((target) => target !== source)
          .flatMap((target) => triedPorts.map((port) => ({ target, ip: target.status?.podIP ?? '', ...port })));
        const answers = await world.tryFrom(source, flows, signal);
        return flows.map(({ target, port, protocol }, index) => {
          const [from, to] = [networkPod(source), networkPod(target)];
          const { allowed } = judgeFlow(state, {
            from: { kind: 'pod', pod: from },
            to: { kind: 'pod', pod: to },
            port,
            protocol,
          });
          const proof = proofOf(answers[index] ?? 'failed', { denial: 'silent' });
          return {
            name: `${from.namespace}/${from.name} → ${to.namespace}/${to.name}:${port}/${protocol}`,
            proof,
            said: `${allowed ? 'allowed' : 'denied'}, yet ${answers[index] ?? ''}`,
            agrees: proof === (allowed ? 'passed' : 'dropped'),
          };
        });
      }),
    ),
  );
  return all.flat();
}

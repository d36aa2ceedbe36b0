import { expect, it } from 'vitest';
import { differs } from '../../../server/grader/live/differs.ts';

/** A pod as the API server tells it before and after a container is put into it. */
function pod(ephemeral: string | null, generation: number) {
  return {
    metadata: { name: 'web', namespace: 'production', resourceVersion: String(generation), generation },
    spec: {
      containers: [{ name: 'web' }],
      ...(ephemeral === null ? {} : { ephemeralContainers: [{ name: ephemeral, image: 'busybox' }] }),
      nodeName: 'node-a',
    },
    status: {
      observedGeneration: generation,
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', observedGeneration: generation }],
      containerStatuses: [{ name: 'web', ready: true }],
      ...(ephemeral === null ? {} : { ephemeralContainerStatuses: [{ name: ephemeral, ready: false }] }),
    },
  };
}

it('what the platform puts into a pod is no change of it', () => {
  expect(differs('Pod', pod(null, 1), pod('haechi-probe', 2))).toBe(false);
  expect(differs('Pod', pod('haechi-probe', 2), pod('haechi-probe-2', 3))).toBe(false);
});

it('what a learner puts into it is one', () => {
  expect(differs('Pod', pod(null, 1), pod('debugger-x2x9l', 2))).toBe(true);
});

it('the generation of other objects counts', () => {
  const deployment = (generation: number) => ({ metadata: { name: 'web', generation } });
  expect(differs('Deployment', deployment(1), deployment(2))).toBe(true);
  expect(differs('Deployment', deployment(2), deployment(2))).toBe(false);
});

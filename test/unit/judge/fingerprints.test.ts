import { expect, it } from 'vitest';
import { Fingerprints } from '../../../server/grader/live/fingerprints.ts';

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
  const prints = new Fingerprints();
  expect(prints.changed('Pod', pod(null, 1))).toBe(true);
  expect(prints.changed('Pod', pod('haechi-probe', 2))).toBe(false);
  expect(prints.changed('Pod', pod('haechi-probe-2', 3))).toBe(false);
});

it('what a learner puts into it is one', () => {
  const prints = new Fingerprints();
  prints.changed('Pod', pod(null, 1));
  expect(prints.changed('Pod', pod('debugger-x2x9l', 2))).toBe(true);
});

it('the generation of other objects counts', () => {
  const prints = new Fingerprints();
  prints.changed('Deployment', { metadata: { name: 'web', generation: 1 } });
  expect(prints.changed('Deployment', { metadata: { name: 'web', generation: 2 } })).toBe(true);
});

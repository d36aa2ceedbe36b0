import { join } from 'node:path';
import { loadImageCatalogue } from '../../../server/content/image-catalogue.ts';
import type { KnownDifference } from './compare.ts';

const catalogue = await loadImageCatalogue(join(import.meta.dirname, '../../../scenarios/images.yaml'));
const newer = 'the simulated node speaks as the kubelet of Kubernetes 1.37 does; the real one of the tests is of 1.34';

/** What is told of a container that is no longer there. */
const evicted = [
  {
    real: /(pod full: container full \| last state) \| terminated with 137 \| ContainerStatusUnknown \| The container could not be located when the pod was deleted\. {2}The container used to be Running/,
    simulated: '$1 | none',
  },
  { real: /(pod full: container full \| ready false, started false, restarts) 1/, simulated: '$1 0' },
  {
    real: /(pod full: container full \| state) \| waiting \| ContainerCreating/,
    simulated: '$1 | terminated with 137 | Error',
  },
].map((told): KnownDifference => ({
  cases: ['eviction'],
  seldom: true,
  reason: 'a kubelet removes the containers of an evicted pod at once, and may ask for their state only after that',
  ...told,
}));

const image = 'docker.io/library/no-such-image:1';
const unknownImage = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found: the simulated node has no such image; it has ${catalogue.names().join(', ')}`;

/**
 * What the simulated node says otherwise than a real one, and why that stays. The test of words fails when there is
 * another difference, and when one of these is no longer there.
 */
export const knownDifferences: readonly KnownDifference[] = [
  {
    cases: 'any',
    reason: newer,
    real: /(event \| Normal \| Created \| .*) \| Created container: \S+/,
    simulated: '$1 | Container created',
  },
  {
    cases: 'any',
    reason: newer,
    real: /(event \| Normal \| Started \| .*) \| Started container \S+/,
    simulated: '$1 | Container started',
  },
  {
    cases: 'any',
    reason: newer,
    real: /(event \| Normal \| Pulled \| .* already present on machine)/,
    simulated: '$1 and can be accessed by the pod',
  },
  {
    cases: 'any',
    reason: newer,
    real: /(pod .*: condition \| PodReadyToStartContainers \| False)/,
    simulated: '$1 | PodSandboxNotReady | pod sandbox is not ready',
  },
  {
    cases: ['secret-volume-missing', 'secret-volume-key-missing', 'configmap-volume-missing'],
    reason: newer,
    real: /(pod .*: condition \| PodReadyToStartContainers \| False)/,
    simulated: '$1 | PodSandboxNotReady | no pod sandbox exists',
  },
  {
    cases: ['secret-volume-missing', 'secret-volume-key-missing', 'configmap-volume-missing'],
    seldom: true,
    reason: 'a busy kubelet may be late with its copy of what a pod mounts; the simulated node always has its own',
    real: /event \| Warning \| FailedMount \| .* : failed to sync (?:secret|configmap) cache: timed out waiting for the condition/,
  },
  ...evicted,
  {
    cases: ['eviction'],
    seldom: true,
    reason: 'a kubelet tells of it when an evicted pod takes more than ten seconds to end, as on a slow machine',
    real: /event \| Warning \| ExceededGracePeriod \| .*Container runtime did not kill the pod within specified grace period\./,
  },
  {
    cases: 'any',
    reason: 'the scheduler writes events by the newer API, events.k8s.io; kubectl shows them alike',
    real: /(event \| \w+ \| (?:Failed)?Schedul\w+) \| \(source - -, reporting default-scheduler \S+, action \w+\) \| (.*)/,
    simulated: '$1 | (source default-scheduler -, reporting default-scheduler -) | $2',
  },
  {
    cases: ['command-missing', 'command-missing-once'],
    reason: 'runc of the tests is 1.1; newer ones say that it was during container init',
    real: /(.*unable to start container process: )(exec: .*)/,
    simulated: '$1error during container init: $2',
  },
  {
    cases: ['seccomp-profile-missing'],
    reason: "the kubelet of the tests' real cluster keeps its files elsewhere",
    real: /(.*cannot load seccomp profile ")\/var\/lib\/real-cluster(\S+ open )\/var\/lib\/real-cluster(.*)/,
    simulated: '$1/var/lib$2/var/lib$3',
  },
  {
    cases: ['image-missing'],
    reason: 'the real cluster of the tests reaches no registry, and the simulated node says which images it has',
    real: /(.*)failed to pull and unpack image .* failed to do request: .*/,
    simulated: `$1${unknownImage}`,
  },
];

import type { CoreV1Event, KubernetesObject, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { CannotJudge } from '../../../server/grader/check.ts';
import type { Controller } from '../../../server/grader/traffic/workloads.ts';
import { judgeAvailable } from '../../../server/grader/workload/available.ts';
import { imageName } from '../../../server/grader/workload/images.ts';
import { toWorkloads } from '../../../server/grader/workload/read.ts';
import { judgeAnswer, requestOf } from '../../../server/grader/workload/serves.ts';
import { names } from '../access/names.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const namespace = 'production-minji';

interface Shape {
  kind?: string;
  image?: string;
  replicas?: number;
  spec?: object;
  status?: object;
  containers?: object[];
  generation?: number;
}

/** JSON as the API server sends it. */
function controller({
  kind = 'Deployment',
  image = 'busybox:1.37',
  replicas = 2,
  generation = 1,
  ...rest
}: Shape = {}): Controller {
  const containers = rest.containers ?? [{ name: 'app', image }];
  const done = {
    observedGeneration: 1,
    replicas,
    updatedReplicas: replicas,
    availableReplicas: replicas,
    conditions: [{ type: 'Progressing', status: 'True', lastUpdateTime: ago(300) }],
  };
  return {
    kind,
    metadata: { name: 'api', namespace, uid: 'api-uid', generation, creationTimestamp: ago(600) as unknown as Date },
    spec: { replicas, template: { spec: { containers } }, ...rest.spec },
    status: { ...done, ...rest.status },
  } as Controller;
}

function pod(change: Partial<V1ContainerStatus> = {}, ready = true, created = 300, conditions: object[] = []): V1Pod {
  return {
    metadata: {
      name: 'api-1',
      namespace,
      creationTimestamp: ago(created) as unknown as Date,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'api', uid: 'api-uid', controller: true }],
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }, ...conditions],
      containerStatuses: [{ name: 'app', ready, restartCount: 0, image: '', imageID: '', ...change }],
    },
  } as V1Pod;
}

const start: KubernetesObject[] = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api', namespace } },
  controller(),
];

function judged(live: Controller | null, pods: V1Pod[] = [pod()], refusals: CoreV1Event[] = [], began = start) {
  const workloads = toWorkloads(pods, live ? [live] : [], refusals, began, names);
  return judgeAvailable({ name: 'api', namespace }, workloads, began, now);
}
const said = (...given: Parameters<typeof judged>) =>
  judged(...given).map(({ found, where }) => `${found.en} | ${where}`);

describe('available', () => {
  it('passes what it was at the start', () => {
    expect(judged(controller())).toEqual([]);
  });

  it('lets replicas and sidecars be added', () => {
    const containers = [
      { name: 'app', image: 'docker.io/library/busybox:1.37' },
      { name: 'sidecar', image: 'envoy' },
    ];
    expect(judged(controller({ replicas: 5, containers }))).toEqual([]);
  });

  it.each<[string, Controller | null, string]>([
    ['it is gone', null, 'Deployment/api is gone. | Deployment/api'],
    ['it is of another kind', controller({ kind: 'StatefulSet' }), 'Deployment/api is gone. | Deployment/api'],
    ['it is scaled to zero', controller({ replicas: 0 }), 'Deployment/api is scaled to zero. | Deployment/api'],
    [
      'there are fewer',
      controller({ replicas: 1 }),
      'Deployment/api has 1 replica; at the start it had 2. | Deployment/api',
    ],
    [
      'the image is another',
      controller({ image: 'busybox:1.36' }),
      'The container app of Deployment/api runs the image busybox:1.36; at the start it was busybox:1.37. | Deployment/api',
    ],
    [
      'the container is another',
      controller({ containers: [{ name: 'web', image: 'busybox:1.37' }] }),
      'Deployment/api has no container app any more. | Deployment/api',
    ],
    [
      'its pods are refused',
      controller({
        status: {
          conditions: [
            {
              type: 'ReplicaFailure',
              status: 'True',
              reason: 'FailedCreate',
              message: 'pods "api-2" is forbidden: violates PodSecurity "restricted:latest": seccompProfile',
            },
          ],
        },
      }),
      'Deployment/api gets no pods (FailedCreate): pods "api-2" is forbidden: violates PodSecurity "restricted:latest": seccompProfile | Deployment/api',
    ],
    [
      'the rollout is paused',
      controller({ spec: { paused: true }, status: { updatedReplicas: 0 } }),
      'The rollout of Deployment/api is paused (spec.paused). | Deployment/api',
    ],
  ])('fails when %s', (_, live, words) => {
    expect(said(live)).toEqual([words]);
  });

  it.each<[string, V1Pod, string]>([
    [
      'a crash loop',
      pod(
        {
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
        },
        false,
      ),
      'The container app of Pod/api-1: CrashLoopBackOff | Pod/api-1',
    ],
    [
      'a missing image',
      pod({ state: { waiting: { reason: 'ImagePullBackOff' } } }, false, 2),
      'The container app of Pod/api-1: ImagePullBackOff | Pod/api-1',
    ],
    [
      'root, where it must not be',
      pod({ state: { waiting: { reason: 'CreateContainerConfigError' } } }, false, 2),
      'The container app of Pod/api-1: CreateContainerConfigError | Pod/api-1',
    ],
    [
      'an end with an error',
      pod({ state: { terminated: { exitCode: 127 } } }, false, 2),
      'The container app of Pod/api-1 ended with exit code 127. | Pod/api-1',
    ],
  ])('fails at once on %s', (_, broken, words) => {
    expect(said(controller({ status: { availableReplicas: 1 } }), [broken])).toEqual([words]);
  });

  it('says why a crashing container crashes', () => {
    const broken = pod(
      {
        restartCount: 1,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error' } },
      },
      false,
    );
    expect(judged(controller(), [broken])[0]?.why?.en).toBe(
      'It last ended with exit code 1 (Error) and has restarted once; kubectl logs --previous says why.',
    );
  });

  it.each<[string, Controller, V1Pod]>([
    ['a change has not been taken up', controller({ generation: 2 }), pod()],
    [
      'pods are young',
      controller({ status: { availableReplicas: 1 } }),
      pod({ state: { waiting: { reason: 'ContainerCreating' } } }, false, 5),
    ],
    [
      'old pods are still there',
      controller({
        status: { replicas: 3, conditions: [{ type: 'Progressing', status: 'True', lastUpdateTime: ago(3) }] },
      }),
      pod(),
    ],
  ])('waits while %s', (_, live, young) => {
    expect(() => judged(live, [young])).toThrow(
      new CannotJudge(
        { ko: 'Deployment/api: 파드가 아직 시작하는 중입니다.', en: 'Deployment/api: pods are still starting.' },
        'Deployment/api',
      ),
    );
  });

  it('waits after a restart, and no longer than that', () => {
    const restarted = (seconds: number) =>
      pod({ restartCount: 1, lastState: { terminated: { exitCode: 1, finishedAt: ago(seconds) as unknown as Date } } });
    expect(() => judged(controller(), [restarted(5)])).toThrow(
      'The container app of Pod/api-1 has just restarted; it remains to be seen whether it keeps running.',
    );
    expect(judged(controller(), [restarted(60)])).toEqual([]);
  });

  it('fails when pods have been unready for long, in the words of their condition', () => {
    const unready = pod({}, false, 300, [
      { type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' },
    ]);
    const [finding] = judged(controller({ status: { availableReplicas: 1 } }), [unready]);
    expect(finding?.found.en).toBe('Deployment/api has 0 of 2 pods ready.');
    expect(finding?.why?.en).toBe('0/1 nodes are available');
  });

  it('finds what refuses the pods of a StatefulSet, by its events', () => {
    const began = [controller({ kind: 'StatefulSet' })];
    const refusal = {
      involvedObject: { uid: 'api-uid' },
      message: 'create Pod api-0 failed: violates PodSecurity',
    } as CoreV1Event;
    expect(said(controller({ kind: 'StatefulSet' }), [], [refusal], began)).toEqual([
      'StatefulSet/api gets no pods (FailedCreate): create Pod api-0 failed: violates PodSecurity | StatefulSet/api',
    ]);
    expect(said(controller({ kind: 'StatefulSet' }), [pod(), pod()], [refusal], began)).toEqual([]);
  });

  it('can not judge what the scenario never had', () => {
    expect(() => judged(controller(), [pod()], [], [])).toThrow('The scenario has no workload production-minji/api.');
  });
});

describe('imageName', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.37', 'docker.io/library/busybox:1.37'],
    ['docker.io/library/busybox:1.37', 'docker.io/library/busybox:1.37'],
    ['index.docker.io/library/busybox:1.37', 'docker.io/library/busybox:1.37'],
    ['nginxinc/nginx-unprivileged:1.29', 'docker.io/nginxinc/nginx-unprivileged:1.29'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
    ['localhost:5000/shop', 'localhost:5000/shop:latest'],
    ['busybox:1.37@sha256:ab', 'docker.io/library/busybox:1.37'],
    ['busybox@sha256:ab', 'docker.io/library/busybox@sha256:ab'],
  ])('%s is %s', (image, full) => {
    expect(imageName(image)).toBe(full);
  });
});

describe('serves', () => {
  const request = requestOf(
    {
      from: 'production/api',
      get: 'http://frontend.${PRODUCTION}:8080/checkout?a=$HOME',
      status: 200,
      contains: 'order',
    },
    names,
  );

  it('asks by real names', () => {
    expect(request).toEqual({
      from: 'production-minji/api',
      url: 'http://frontend.production-minji:8080/checkout?a=$HOME',
      status: 200,
      contains: 'order',
    });
  });

  it('passes the right answer', () => {
    expect(judgeAnswer(request, { result: 'answered', status: 200, body: 'order accepted' })).toEqual([]);
  });

  it.each([
    [{ result: 'answered', status: 503, body: ' no\n database ' }, 'It answers 503: no database'],
    [{ result: 'answered', status: 200, body: '' }, 'The answer says something else: ""'],
    [{ result: 'refused', detail: '' }, 'The connection was refused.'],
    [{ result: 'timeout', detail: '' }, 'No answer (timed out), as on a way that a network policy blocks.'],
    [
      { result: 'unresolved', detail: 'frontend.production-minji' },
      'The name could not be resolved: frontend.production-minji',
    ],
  ] as const)('fails on %j', (answer, words) => {
    expect(judgeAnswer(request, answer)).toEqual([
      {
        expected: {
          ko: 'production-minji/api에서 http://frontend.production-minji:8080/checkout?a=$HOME → 200, 내용에 "order"',
          en: 'http://frontend.production-minji:8080/checkout?a=$HOME from production-minji/api answers 200 and says "order".',
        },
        found: { ko: expect.any(String) as string, en: words },
        where: 'Service/frontend',
        reference: 'https://kubernetes.io/docs/concepts/services-networking/service/',
      },
    ]);
  });
});

import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import type { PulledImage } from '../../../server/cluster/embedded/node/container.ts';
import { identityOf, nonRootProblem, seccompProblem } from '../../../server/cluster/embedded/node/identity.ts';

const root: PulledImage = { reference: 'r', id: 'i', bytes: 1, user: { uid: 0, gid: 0 } };
const named: PulledImage = { ...root, user: { name: 'nginx', uid: 101, gid: 101 } };
const numbered: PulledImage = { ...root, user: { uid: 101, gid: 101 } };
const container = (securityContext: V1Container['securityContext'] = {}): V1Container => ({
  name: 'web',
  securityContext,
});
const spec = (securityContext: V1PodSpec['securityContext'] = {}): V1PodSpec => ({ containers: [], securityContext });
const pod = 'web_production(1)';

test.each([
  ['nothing is asked', spec(), container(), root, undefined],
  [
    'an image that runs as root',
    spec({ runAsNonRoot: true }),
    container(),
    root,
    'container has runAsNonRoot and image will run as root (pod: "web_production(1)", container: web)',
  ],
  [
    'an image whose user is a name',
    spec({ runAsNonRoot: true }),
    container(),
    named,
    'container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root (pod: "web_production(1)", container: web)',
  ],
  [
    'root asked for',
    spec({ runAsNonRoot: true }),
    container({ runAsUser: 0 }),
    numbered,
    'container\'s runAsUser breaks non-root policy (pod: "web_production(1)", container: web)',
  ],
  ['a user asked for', spec({ runAsNonRoot: true, runAsUser: 1000 }), container(), root, undefined],
  ['the container takes it back', spec({ runAsNonRoot: true }), container({ runAsNonRoot: false }), root, undefined],
] as const)('runAsNonRoot: %s', (_name, podSpec, own, image, problem) => {
  expect(nonRootProblem(podSpec, own, image, pod)).toBe(problem);
});

test('a container that asks for nothing gets a runtime’s default capabilities as root, and none as another user', () => {
  expect(identityOf(spec(), container(), root).capabilities).toContain('NET_BIND_SERVICE');
  expect(identityOf(spec({ runAsUser: 1000 }), container(), root).capabilities).toEqual([]);
});

test('drop ALL leaves what is added; privileged has everything', () => {
  const capabilities = { drop: ['ALL'], add: ['NET_BIND_SERVICE'] };
  expect(identityOf(spec(), container({ capabilities }), root).capabilities).toEqual(['NET_BIND_SERVICE']);
  expect(identityOf(spec(), container({ privileged: true }), root).capabilities).toContain('SYS_ADMIN');
});

test('the container’s own context goes before the pod’s', () => {
  const identity = identityOf(
    spec({ runAsUser: 1, runAsGroup: 2, fsGroup: 3 }),
    container({ runAsUser: 7, allowPrivilegeEscalation: false }),
    root,
  );
  expect(identity).toMatchObject({ uid: 7, gid: 2, groups: [2, 3], noNewPrivileges: true, seccomp: 'Unconfined' });
});

const local = { seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } };
const missing =
  'failed to create containerd container: cannot load seccomp profile "/var/lib/kubelet/seccomp/a.json": open /var/lib/kubelet/seccomp/a.json: no such file or directory';

test.each([
  ['a profile that is a file of the node, asked for by the pod', spec(local), container(), missing],
  ['the same, asked for by the container', spec(), container(local), missing],
  [
    'a container that asks for the default instead',
    spec(local),
    container({ seccompProfile: { type: 'RuntimeDefault' } }),
    undefined,
  ],
  ['a privileged container', spec(local), container({ privileged: true }), undefined],
  ['nothing is asked', spec(), container(), undefined],
])('seccomp: %s', (_, podSpec, own, problem) => {
  expect(seccompProblem(podSpec, own)).toBe(problem);
});

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContentError } from '../../../server/content/content-problem.ts';
import { loadContent } from '../../../server/content/load.ts';

const text = '{ko: 가, en: a}';
const lab = `scenario: shop
title: ${text}
summary: ${text}
track: kubernetes
level: 1
minutes: 10
objectives: [${text}]
tasks:
  - {id: close, title: ${text}, checks: [closed], hints: [${text}]}
checks:
  closed:
    title: ${text}
    points: 100
    traffic:
      allow:
        - {from: production/web, to: dns}
      others: deny
`;
const image = 'about: a, bytes: 1, user: {uid: 0, gid: 0}';
const images = `images:
  - {image: docker.io/library/busybox:1.37, ${image}, shell: true}
  - {image: docker.io/library/pause:3.10, ${image}, shell: false}
`;
const policy =
  'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n';
const guide =
  'Read `${PRODUCTION}` first.\n\n## close\n\n```console\nk get netpol -n ${PRODUCTION}\n```\n\n## debrief\n\nDone.\n';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'haechi-content-'));
  await put(
    'labs/course.yaml',
    `title: ${text}\nweeks:\n  - {id: week-01, number: 1, title: ${text}, summary: ${text}, labs: [close]}\n`,
  );
  await put('scenarios/images.yaml', images);
  await put(
    'scenarios/shop/scenario.yaml',
    `title: ${text}\nnamespaces: {production: {main: true}}\ninsecure: [${text}]\n`,
  );
  await put(
    'scenarios/shop/manifests/10-web.yaml',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: busybox:1.37}]}\n',
  );
  const folder = 'labs/week-01/close';
  await put(`${folder}/lab.yaml`, lab);
  for (const language of ['ko', 'en']) await put(`${folder}/guide.${language}.md`, guide);
  for (const name of ['solution', 'also-right/a', 'also-right/b']) await put(`${folder}/${name}/fix.yaml`, policy);
  for (const name of ['a', 'b', 'c', 'd']) {
    await put(`${folder}/wrong/${name}/fix.yaml`, policy);
    await put(`${folder}/wrong/${name}/expect.yaml`, 'fails: {closed: production/web}\n');
  }
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

const putPod = (spec: string) =>
  put('scenarios/shop/manifests/10-web.yaml', `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {${spec}}\n`);

const putReaches = (...reaches: string[]) => {
  const lines = reaches.map((reach) => `    - ${reach}\n`).join('');
  return put('labs/week-01/close/lab.yaml', lab.replace('tasks:', `terminal:\n  reaches:\n${lines}tasks:`));
};

async function problems(): Promise<string[]> {
  try {
    await loadContent(root);
  } catch (error) {
    if (error instanceof ContentError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('complete content loads, guides as blocks', async () => {
  const content = await loadContent(root);
  expect([...content.labs.keys()]).toEqual(['week-01/close']);
  const en = content.labs.get('week-01/close')?.guides.en;
  expect(en?.introduction).toEqual([
    {
      type: 'paragraph',
      content: [
        { type: 'text', text: 'Read ' },
        { type: 'code', text: '${PRODUCTION}' },
        { type: 'text', text: ' first.' },
      ],
    },
  ]);
  expect(en?.tasks['close']).toEqual([{ type: 'command', text: 'k get netpol -n ${PRODUCTION}' }]);
});

test.each([
  [
    'an unknown field',
    () => put('labs/week-01/close/lab.yaml', lab.replace('level: 1', 'level: 1\nlevl: 2')),
    'labs/week-01/close/lab.yaml:1: Unrecognized key: "levl"',
  ],
  [
    'a value out of range',
    () => put('labs/week-01/close/lab.yaml', lab.replace('level: 1', 'level: 9')),
    'labs/week-01/close/lab.yaml:5: level: Too big: expected number to be <=5',
  ],
  [
    'a missing language',
    () => put('labs/week-01/close/lab.yaml', lab.replace(`summary: ${text}`, 'summary: {ko: 가}')),
    'labs/week-01/close/lab.yaml:3: summary.en: Invalid input: expected string, received undefined',
  ],
  ['no list of images', () => rm(join(root, 'scenarios/images.yaml')), 'scenarios/images.yaml: the file is missing'],
  [
    'an image that is not listed',
    () => putPod('containers: [{name: web, image: nginx:1.29}]'),
    'scenarios/shop/manifests: Pod/web: the image "nginx:1.29" is not in scenarios/images.yaml',
  ],
  [
    'the host’s processes',
    () => putPod('hostPID: true, containers: [{name: web, image: pause:3.10}]'),
    "Pod/web: hostPID gives whoever runs programs in it all of the node's",
  ],
  [
    'a shell in the host’s network',
    () => putPod('hostNetwork: true, containers: [{name: web, image: pause:3.10}, {name: b, image: busybox:1.37}]'),
    "scenarios/shop/manifests: Pod/web: host namespaces (hostNetwork=true): that is the node's, so no container may have a shell, and busybox:1.37 has one",
  ],
  [
    'a privileged shell',
    () => putPod('containers: [{name: web, image: busybox:1.37, securityContext: {privileged: true}}]'),
    'Pod/web: privileged (container "web" must not set securityContext.privileged=true): that is the node\'s',
  ],
  [
    'a shell that may do almost anything',
    () => putPod('containers: [{name: web, image: busybox:1.37, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]'),
    'Pod/web: non-default capabilities',
  ],
  [
    'a folder of the node to write to',
    () =>
      putPod(
        'containers: [{name: web, image: busybox:1.37, volumeMounts: [{name: h, mountPath: /h}]}], volumes: [{name: h, hostPath: {path: /opt/x}}]',
      ),
    'Pod/web: mounts the hostPath volume "h" to write; add readOnly: true',
  ],
  ['broken YAML', () => put('scenarios/shop/scenario.yaml', 'title: {ko: 가\n'), 'scenarios/shop/scenario.yaml:2: '],
  [
    'an endpoint that is none',
    () => put('labs/week-01/close/lab.yaml', lab.replace('to: dns', 'to: everywhere')),
    'labs/week-01/close/lab.yaml:16: checks.closed.traffic.allow.0.to: must be namespace/workload',
  ],
  [
    'a namespace of another scenario',
    () => put('labs/week-01/close/lab.yaml', lab.replace('production/web', 'staging/web')),
    'names the namespace "staging", which the scenario doesn\'t have (it has production)',
  ],
  [
    'a flow without its port',
    () => put('labs/week-01/close/lab.yaml', lab.replace('to: dns', 'to: internet')),
    'the flow production/web → internet needs a port',
  ],
  [
    'a task without its part',
    () => put('labs/week-01/close/guide.ko.md', guide.replace('## close', '## other')),
    'the heading "## other" is neither a task of lab.yaml (close) nor "debrief"',
  ],
  [
    'raw HTML in a guide',
    () => put('labs/week-01/close/guide.ko.md', `${guide}\n![x](https://example.org/x.png)\n`),
    '"image" can\'t be used in a guide\'s text',
  ],
  [
    'a missing guide',
    () => rm(join(root, 'labs/week-01/close/guide.en.md')),
    'guide.en.md: the guide is missing: a lab loads only in both languages',
  ],
  [
    'too few wrong fixes',
    () => rm(join(root, 'labs/week-01/close/wrong/d'), { recursive: true }),
    'labs/week-01/close/wrong: has 3 fixes; at least 4 are needed',
  ],
  [
    'a fix without files',
    () => rm(join(root, 'labs/week-01/close/solution'), { recursive: true }),
    'labs/week-01/close/solution: the fix is missing: add fix.yaml or fix.sh',
  ],
  [
    'an expectation of no check',
    () => put('labs/week-01/close/wrong/a/expect.yaml', 'fails: {opened: word}\n'),
    'wrong/a/expect.yaml: names the check "opened", which lab.yaml doesn\'t have',
  ],
  [
    'a manifest that is no object',
    () => put('scenarios/shop/manifests/10-web.yaml', 'kind: Pod\n'),
    'scenarios/shop/manifests/10-web.yaml:1: not a Kubernetes object: apiVersion',
  ],
  [
    'a terminal that reaches the internet',
    () => putReaches('{to: internet, port: 443}'),
    'labs/week-01/close/lab.yaml:10: terminal.reaches.0.to: must be namespace/workload or namespace/*',
  ],
  [
    'a terminal that reaches every port',
    () => putReaches('{to: production/web}'),
    'labs/week-01/close/lab.yaml:10: terminal.reaches.0.port: Invalid input: expected number, received undefined',
  ],
  [
    'a terminal that reaches a namespace of another scenario',
    () => putReaches('{to: production/*, port: 80}', '{to: kube-system/*, port: 53}'),
    'labs/week-01/close/lab.yaml:11: terminal.reaches.1: names the namespace "kube-system", which the scenario doesn\'t have (it has production)',
  ],
  [
    'a terminal that reaches a workload that is none',
    () => putReaches('{to: production/api, port: 80}'),
    'labs/week-01/close/lab.yaml:10: terminal.reaches.0: names the workload "api", which production doesn\'t have (it has web)',
  ],
  [
    'a terminal that reaches pods that no policy can select',
    () => putReaches('{to: production/web, port: 80}'),
    'labs/week-01/close/lab.yaml:10: terminal.reaches.0: the pods of production/web have no labels',
  ],
  [
    'points that are not 100',
    () => put('labs/week-01/close/lab.yaml', lab.replace('points: 100', 'points: 90')),
    'the points of all checks add up to 90, not 100',
  ],
])('%s is named with its place', async (_name, spoil, message) => {
  await spoil();
  expect((await problems()).join('\n')).toContain(message);
});

test('everything wrong is told at once', async () => {
  await cp(join(root, 'labs/week-01/close'), join(root, 'labs/week-01/second'), { recursive: true });
  await put('labs/week-01/close/lab.yaml', lab.replace('level: 1', 'level: 9'));
  await put('scenarios/shop/manifests/10-web.yaml', 'kind: Pod\n');
  expect((await problems()).length).toBeGreaterThanOrEqual(2);
});

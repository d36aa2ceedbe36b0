import type { KubernetesObject } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { LabFile } from '../../../server/content/lab-schema.ts';
import { namesFor } from '../../../server/content/names.ts';
import { podReaches } from '../../../server/content/terminal-reach.ts';
import { bareScenario } from '../../behaviour/bare-scenario.ts';

const names = namesFor(bareScenario, 'minji');
const object = (kind: string, name: string, spec: object, labels?: Record<string, string>): KubernetesObject =>
  Object.assign({ kind, metadata: { name, namespace: 'production-minji', ...(labels ? { labels } : {}) } }, { spec });
const template = (labels?: Record<string, string>) => ({ metadata: { labels }, spec: { containers: [] } });
const start = [
  object('Deployment', 'web', {
    selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
    template: template({ app: 'web', tier: 'front' }),
  }),
  object('Pod', 'tool', { containers: [] }, { run: 'tool' }),
  object('Pod', 'bare', { containers: [] }),
  object('CronJob', 'backup', { jobTemplate: { spec: { template: template({ app: 'backup' }) } } }),
  object('Job', 'seed', { selector: { matchLabels: { 'controller-uid': 'x' } }, template: template({ app: 'seed' }) }),
  object('Service', 'web', { selector: { app: 'other' } }),
];
const to = (to: string) => podReaches([{ to, port: 8080, protocol: 'TCP' }], names, start);

test('pods are selected as what makes them selects them, in the attempt’s namespace', () => {
  const at = { namespace: 'production-minji', port: 8080, protocol: 'TCP' };
  const matchExpressions = [{ key: 'app', operator: 'In', values: ['web'] }];
  expect(to('production/web')).toEqual([{ ...at, podSelector: { matchExpressions } }]);
  expect(to('production/tool')).toEqual([{ ...at, podSelector: { matchLabels: { run: 'tool' } } }]);
  expect(to('production/backup')).toEqual([{ ...at, podSelector: { matchLabels: { app: 'backup' } } }]);
  expect(to('production/seed')).toEqual([{ ...at, podSelector: { matchLabels: { app: 'seed' } } }]);
  expect(to('production/*')).toEqual([{ ...at, podSelector: {} }]);
});

test('what can’t be selected selects nothing, rather than everything', () => {
  for (const end of ['production/bare', 'production/nothing', 'kube-system/*'])
    expect([end, to(end)]).toEqual([end, []]);
});

test('a lab that says nothing lets its terminals reach nothing', () => {
  expect(LabFile.shape.terminal.parse(undefined)).toEqual({ reaches: [] });
});

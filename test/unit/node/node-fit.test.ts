import { expect, test } from 'vitest';
import { unfitReasons } from '../../../server/cluster/embedded/node/scheduling/node-fit.ts';

const node = {
  metadata: { name: 'haechi', labels: { zone: 'a', cores: '4' } },
  status: { allocatable: { cpu: '4', memory: '8Gi' } },
};
const reasonsOf = (spec: object, on: object = {}): string[] =>
  unfitReasons({ spec: { containers: [], ...spec } }, { ...node, ...on });

const required = (...nodeSelectorTerms: object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const label = (operator: string, key: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});
const affinity = ["node(s) didn't match Pod's node affinity/selector"];

test.each<[string, object, string[]]>([
  ['asks for nothing', {}, []],
  ['a label', { nodeSelector: { zone: 'a' } }, []],
  ['another value', { nodeSelector: { zone: 'b' } }, affinity],
  ['In', required(label('In', 'zone', 'b', 'a')), []],
  ['NotIn', required(label('NotIn', 'zone', 'a')), affinity],
  ['NotIn of no label', required(label('NotIn', 'disk', 'a')), []],
  ['Exists', required(label('Exists', 'disk')), affinity],
  ['DoesNotExist', required(label('DoesNotExist', 'disk')), []],
  ['Gt', required(label('Gt', 'cores', '3')), []],
  ['Lt', required(label('Lt', 'cores', '4')), affinity],
  ['one term of two', required(label('In', 'zone', 'b'), label('Exists', 'zone')), []],
  ['a term of nothing', required({}), affinity],
  ['its name', required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['haechi'] }] }), []],
  ['a name', required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }), affinity],
  ['too much', { containers: [{ resources: { requests: { cpu: '3', memory: '9Gi' } } }] }, ['Insufficient memory']],
  [
    'too much together',
    { containers: [{ resources: { requests: { cpu: '3' } } }, { resources: { requests: { cpu: '1500m' } } }] },
    ['Insufficient cpu'],
  ],
])('affinity and room: %s', (_name, spec, reasons) => {
  expect(reasonsOf(spec)).toEqual(reasons);
});

const taint = { key: 'team', value: 'red', effect: 'NoSchedule' };
const untolerated = ['node(s) had untolerated taint(s)'];
test.each<[string, object[], object[], string[]]>([
  ['nobody tolerates', [taint], [], untolerated],
  ['Equal', [taint], [{ key: 'team', value: 'red', effect: 'NoSchedule' }], []],
  ['another value', [taint], [{ key: 'team', operator: 'Equal', value: 'blue' }], untolerated],
  ['Exists', [taint], [{ key: 'team', operator: 'Exists' }], []],
  ['another effect', [taint], [{ key: 'team', operator: 'Exists', effect: 'NoExecute' }], untolerated],
  ['everything', [taint], [{ operator: 'Exists' }], []],
  ['a wish only', [{ ...taint, effect: 'PreferNoSchedule' }], [], []],
])('taints: %s', (_name, taints, tolerations, reasons) => {
  expect(reasonsOf({ tolerations }, { spec: { taints } })).toEqual(reasons);
});

test('a cordoned node takes only what tolerates that', () => {
  const spec = { unschedulable: true };
  expect(reasonsOf({}, { spec })).toEqual(['node(s) were unschedulable']);
  const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }];
  expect(reasonsOf({ tolerations }, { spec })).toEqual([]);
});

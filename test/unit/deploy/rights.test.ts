import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1ClusterRole } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { expect, test } from 'vitest';
import { admissionPolicies, neededRights, type Right } from '../../../server/cluster/existing/rights.ts';

const root = join(import.meta.dirname, '..', '..', '..');

async function documents<T>(...path: string[]): Promise<T[]> {
  const text = await readFile(join(root, ...path), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as T);
}

const line = ({ verb, resource, group, namespace, name }: Right) =>
  [verb, resource, group || 'core', namespace || 'everywhere', name || 'any'].join(' ');

test('the manifests give the server the rights that it needs, and no other', async () => {
  const roles = (await documents<V1ClusterRole>('deploy', 'base', 'rbac.yaml')).filter(({ kind }) =>
    kind?.endsWith('Role'),
  );
  const given = roles.flatMap(({ metadata, rules }) =>
    (rules ?? []).flatMap(({ apiGroups = [], resources = [], resourceNames = [''], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) =>
            resourceNames.map((name) => line({ group, resource, verb, name, namespace: metadata?.namespace ?? '' })),
          ),
        ),
      ),
    ),
  );
  expect(given.toSorted()).toEqual(neededRights().map(line).toSorted());
  expect(given.filter((each) => each.includes('*'))).toEqual([]);
});

test('the admission policies that it may write are those that it has', async () => {
  const own = await documents<V1ClusterRole>('server', 'attempt', 'guard', 'admission-policies.yaml');
  expect(admissionPolicies).toEqual([...own.map(({ metadata }) => metadata?.name), 'haechi-grader']);
});

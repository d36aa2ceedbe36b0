import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import type { ContentFile, Scenario } from './content.ts';
import { ContentError, type ContentProblem } from './content-problem.ts';
import { substitute, type Names } from './names.ts';
import { parseYamlStream } from './yaml-file.ts';

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

/** Kinds that labs use and that are not in a namespace. */
const clusterScoped = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'PersistentVolume', 'PriorityClass']);

/** Turns a scenario's manifests into the objects of one attempt, in order. Namespace objects come first. */
export function renderScenario(scenario: Scenario, names: Names): KubernetesObject[] {
  const objects = renderManifests(`scenarios/${scenario.name}/manifests`, scenario.manifests, names);
  const given = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata?.name));
  const missing = Object.values(names.namespaces).filter((name) => !given.has(name));
  const namespaces: KubernetesObject[] = [
    ...missing.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...objects.filter(({ kind }) => kind === 'Namespace'),
  ];
  return [...namespaces, ...objects.filter(({ kind }) => kind !== 'Namespace')];
}

/**
 * Parses YAML files with the attempt's names. Objects without a namespace go to the main one.
 * @throws ContentError for what is not a Kubernetes object, with file and line.
 */
export function renderManifests(folder: string, files: readonly ContentFile[], names: Names): KubernetesObject[] {
  const problems: ContentProblem[] = [];
  const objects: KubernetesObject[] = [];
  for (const { path, text } of files.filter((file) => /\.ya?ml$/.test(file.path))) {
    const file = `${folder}/${path}`;
    for (const { value, line } of parseYamlStream(file, substitute(text, names.variables), problems)) {
      const parsed = Manifest.safeParse(value);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        problems.push({
          file,
          line,
          message: `not a Kubernetes object: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
        });
        continue;
      }
      const object = parsed.data as KubernetesObject;
      if (object.metadata && !clusterScoped.has(parsed.data.kind)) object.metadata.namespace ??= names.mainNamespace;
      objects.push(object);
    }
  }
  if (problems.length > 0) throw new ContentError(problems);
  return objects;
}

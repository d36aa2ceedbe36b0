import type { KubernetesObject, V1PodSpec } from '@kubernetes/client-node';
import { podTemplateOf } from '../cluster/pod-template.ts';
import { describeViolations } from '../grader/pod-security/levels.ts';
import { containersOf, type Rule } from '../grader/pod-security/rule.ts';
import { baselineCapabilities } from '../grader/pod-security/rules/capabilities.ts';
import { hostNamespaces } from '../grader/pod-security/rules/host-namespaces.ts';
import { privileged } from '../grader/pod-security/rules/privileged.ts';
import type { ContentProblem } from './content-problem.ts';
import type { ImageCatalogue } from './image-catalogue.ts';

/** What makes a program in a container one of its node. */
const ofTheNode: readonly Rule[] = [baselineCapabilities, hostNamespaces, privileged];

/**
 * The rules of a scenario's pods: their images are listed, and none that holds a part of its node has a shell. A learner may
 * run programs in every pod of a lab (a request for exec doesn't say what its pod holds), so here there must be none to run.
 */
export function checkPods(
  folder: string,
  objects: readonly KubernetesObject[],
  catalogue: ImageCatalogue,
  problems: ContentProblem[],
): void {
  for (const object of objects) {
    const { spec, metadata } = podTemplateOf(object) ?? {};
    if (!spec) continue;
    const report = (message: string) =>
      problems.push({
        file: folder,
        line: 0,
        message: `${object.kind ?? ''}/${object.metadata?.name ?? ''}: ${message}`,
      });
    const held = ofTheNode.flatMap((rule) => rule.check({ spec, annotations: metadata?.annotations ?? {} }) ?? []);
    if (spec.hostPID)
      report("hostPID gives whoever runs programs in it all of the node's, below /proc/<pid>/root: leave it out");
    for (const volume of writtenHostPaths(spec))
      report(`mounts the hostPath volume "${volume}" to write; add readOnly: true, or it can fill the node's disk`);
    for (const { image = '' } of containersOf(spec)) {
      const listed = catalogue.find(image);
      if (!listed) report(`the image "${image}" is not in scenarios/images.yaml; list it there, or use one that is`);
      else if (listed.shell && held.length > 0)
        report(
          `${describeViolations(held)}: that is the node's, so no container may have a shell, and ${image} has one; ` +
            'registry.k8s.io/pause:3.10 has none',
        );
    }
  }
}

function writtenHostPaths(spec: V1PodSpec): string[] {
  const ofTheHost = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  const written = containersOf(spec).flatMap(({ volumeMounts = [] }) =>
    volumeMounts.filter(({ readOnly }) => !readOnly),
  );
  return ofTheHost.filter((name) => written.some((mount) => mount.name === name));
}

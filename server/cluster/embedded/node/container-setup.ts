import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { ContainerMount, ContainerSetup, PodSandbox, PulledImage } from './container.ts';
import { environmentOf, expand } from './environment.ts';
import { identityOf, nonRootProblem } from './identity.ts';
import { SourceError, type NodeMirror } from './sources.ts';
import type { PodVolumes } from './volumes.ts';

/** Resolves all that a container's spec refers to. @throws SourceError in the kubelet's words */
export function containerSetup(
  pod: V1Pod,
  spec: V1Container,
  image: PulledImage,
  { sandbox, mirror, volumes }: { sandbox: PodSandbox; mirror: NodeMirror; volumes: PodVolumes },
): ContainerSetup {
  const podSpec = pod.spec ?? { containers: [] };
  const problem = nonRootProblem(podSpec, spec, image, `${sandbox.name}_${sandbox.namespace}(${sandbox.uid})`);
  if (problem) throw new SourceError(problem);
  const env = environmentOf(pod, spec, sandbox.ip, mirror);
  const words = (list: string[] | undefined) => list?.map((word) => expand(word, env));
  const mounts = (spec.volumeMounts ?? []).flatMap((mount): ContainerMount[] => {
    const volume = volumes.byName.get(mount.name);
    if (!volume) return [];
    const subPath = mount.subPath ? { subPath: mount.subPath } : {};
    return [{ volume, path: mount.mountPath, readOnly: mount.readOnly ?? false, ...subPath }];
  });
  const command = words(spec.command);
  const args = words(spec.args);
  return {
    pod: sandbox,
    name: spec.name,
    image: spec.image ?? '',
    ...(command ? { command } : {}),
    ...(args ? { args } : {}),
    ...(spec.workingDir ? { workingDir: spec.workingDir } : {}),
    env,
    identity: identityOf(podSpec, spec, image),
    mounts,
    stdin: spec.stdin ?? false,
    tty: spec.tty ?? false,
  };
}

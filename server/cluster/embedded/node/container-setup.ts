import type { V1Container, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';
import { CreateError, type ContainerSetup, type PodSandbox, type PulledImage } from './container.ts';
import type { ContainerMount } from './pod-volume.ts';
import { environmentOf, expand } from './environment.ts';
import { identityOf, nonRootProblem, seccompProblem } from './identity.ts';
import { fullNameOf } from './pod-name.ts';
import { quantityOf } from './quantity.ts';
import type { NodeMirror } from './node-mirror.ts';
import { SourceError } from './sources.ts';
import type { PodVolumes } from './volumes.ts';

/** Resolves all that a container's spec refers to. @throws SourceError, CreateError in the words of the kubelet and of containerd */
export function containerSetup(
  pod: V1Pod,
  spec: V1Container | V1EphemeralContainer,
  image: PulledImage,
  {
    sandbox,
    mirror,
    volumes,
    hasStarted,
  }: { sandbox: PodSandbox; mirror: NodeMirror; volumes: PodVolumes; hasStarted: (container: string) => boolean },
): ContainerSetup {
  const podSpec = pod.spec ?? { containers: [] };
  const problem = nonRootProblem(podSpec, spec, image, fullNameOf(pod));
  if (problem) throw new SourceError(problem);
  const target = 'targetContainerName' in spec ? spec.targetContainerName : undefined;
  if (target && !hasStarted(target)) throw new SourceError(`unable to find target container ${target}`);
  const env = environmentOf(pod, spec, sandbox.ip, mirror);
  const words = (list: string[] | undefined) => list?.map((word) => expand(word, env));
  const mounts = (spec.volumeMounts ?? []).flatMap((mount): ContainerMount[] => {
    const volume = volumes.byName.get(mount.name);
    if (!volume) return [];
    const subPath = mount.subPath ? { subPath: mount.subPath } : {};
    const claim = podSpec.volumes?.find(({ name }) => name === mount.name)?.persistentVolumeClaim;
    const readOnly = (mount.readOnly ?? false) || (claim?.readOnly ?? false);
    return [{ volume, path: mount.mountPath, readOnly, ...subPath }];
  });
  const unmade = seccompProblem(podSpec, spec);
  if (unmade) throw new CreateError(unmade);
  const memory = spec.resources?.limits?.['memory'];
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
    ...(memory === undefined ? {} : { memoryLimit: quantityOf(memory) }),
    stdin: spec.stdin ?? false,
    tty: spec.tty ?? false,
    ...(target ? { target } : {}),
    ...(spec.terminationMessagePath ? { terminationMessagePath: spec.terminationMessagePath } : {}),
  };
}

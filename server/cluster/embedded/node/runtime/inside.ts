import type { CatalogueImage } from '../../../../content/image-catalogue.ts';
import type { ContainerSetup } from '../container.ts';
import { FileTree } from './file-tree.ts';
import { ContainerFilesystem } from './filesystem.ts';
import type { ContainerMemory } from './memory.ts';
import type { PodNetwork } from './network/pod-network.ts';
import type { PodProcesses } from './pod-processes.ts';
import { rootsOf, runtimeFiles } from './proc-files.ts';
import type { Inside, ProcessOutput } from './process.ts';
import { terminationLog } from './termination-log.ts';

/** Puts together what the processes of a container see of it. @param place.line its first process */
export function enter(
  setup: ContainerSetup,
  image: CatalogueImage,
  place: {
    network: PodNetwork;
    processes: PodProcesses;
    line: readonly string[];
    log: ProcessOutput;
    memory: ContainerMemory;
  },
): { inside: Inside; files: FileTree } {
  const { network, processes, line, log, memory } = place;
  const { identity, pod, target } = setup;
  const env = {
    ...image.env,
    HOSTNAME: pod.hostname,
    HOME: identity.uid === 0 ? '/root' : '/',
    ...setup.env,
  };
  const others = target === undefined && pod.ownPids ? [] : processes.seenBy(setup);
  const files = new FileTree(image, {
    mounts: [...setup.mounts, ...terminationLog(setup)],
    made: runtimeFiles(setup, line, env, others),
    readOnly: identity.readOnlyRootFilesystem,
    memory,
    seen: rootsOf(identity, others),
  });
  const inside = {
    setup,
    image,
    memory,
    network,
    processes,
    log,
    firstLog: others.find(({ pid }) => pid === 1)?.process?.log ?? log,
    filesystem: new ContainerFilesystem(files, identity),
    env,
    cwd: setup.workingDir ?? image.workingDir,
  };
  return { inside, files };
}

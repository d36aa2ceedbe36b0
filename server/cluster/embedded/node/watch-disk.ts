import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { evictionMessage, type DiskUse } from './eviction.ts';
import type { PodContainers } from './pod-containers.ts';
import type { PodVolumes } from './volumes.ts';

/** How often a pod's disk use is looked at, in milliseconds; a kubelet does every ten seconds. */
const period = 2000;

/** Looks at what a pod keeps on the disk until that is too much. @returns why it is evicted; undefined when told to stop */
export async function watchDisk(
  pod: V1Pod,
  containers: PodContainers,
  volumes: PodVolumes,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    await sleep(period, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return undefined;
    const message = evictionMessage(pod, await diskUse(pod, containers, volumes));
    if (message !== undefined) return message;
  }
}

async function diskUse({ spec }: V1Pod, { init, main }: PodContainers, { byName }: PodVolumes): Promise<DiskUse> {
  const onDisk = (spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir && emptyDir.medium !== 'Memory');
  const volumes = onDisk.map(async ({ name }): Promise<[string, number]> => [
    name,
    (await byName.get(name)?.used()) ?? 0,
  ]);
  const used = [...init, ...main].map(async ({ name, container }): Promise<[string, number]> => [
    name,
    (await container?.used()) ?? 0,
  ]);
  return { volumes: new Map(await Promise.all(volumes)), containers: new Map(await Promise.all(used)) };
}

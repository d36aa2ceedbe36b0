import type { V1Pod } from '@kubernetes/client-node';
import { quantityOf } from './quantity.ts';

/** How many bytes of its disk a pod uses. */
export interface DiskUse {
  /** Of the files that each container wrote outside volumes, and of its log, by its name. */
  containers: ReadonlyMap<string, number>;
  /** Of emptyDirs on the disk, by the volume's name. */
  volumes: ReadonlyMap<string, number>;
}

const resource = 'ephemeral-storage';

/** Whether anything about a pod is limited that it could be evicted for. */
export function canBeEvicted({ spec }: V1Pod): boolean {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return (
    containers.some(({ resources }) => resources?.limits?.[resource] !== undefined) ||
    (spec?.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined && emptyDir.medium !== 'Memory')
  );
}

/**
 * Why a pod is evicted for what it keeps on the disk, in the words and the order of the kubelet
 * (pkg/kubelet/eviction/eviction_manager.go, localStorageEviction); undefined when it isn't.
 */
export function evictionMessage({ spec }: V1Pod, use: DiskUse): string | undefined {
  for (const { name, emptyDir } of spec?.volumes ?? []) {
    const limit = emptyDir?.medium === 'Memory' ? undefined : emptyDir?.sizeLimit;
    if (limit !== undefined && quantityOf(limit) > 0 && (use.volumes.get(name) ?? 0) > quantityOf(limit))
      return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(limit)}. `;
  }
  const containers = [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ];
  const limited = containers.flatMap(({ name, resources }) => {
    const limit = resources?.limits?.[resource];
    return limit === undefined ? [] : [{ name, limit }];
  });
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, each) => total + each, 0);
  const total = sum(limited.map(({ limit }) => quantityOf(limit)));
  if (limited.length > 0 && sum(use.containers.values()) + sum(use.volumes.values()) > total) {
    const [only] = limited;
    const shown = limited.length === 1 && only ? only.limit : String(total);
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${shown}. `;
  }
  for (const { name, limit } of limited)
    if ((use.containers.get(name) ?? 0) > quantityOf(limit))
      return `Container ${name} exceeded its local ephemeral storage limit ${JSON.stringify(limit)}. `;
  return undefined;
}

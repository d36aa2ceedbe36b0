import type { V1Pod } from '@kubernetes/client-node';

/** What a kubelet calls a pod in its messages (pkg/kubelet/util/format). */
export function fullNameOf({ metadata: { name = '', namespace = '', uid = '' } = {} }: V1Pod): string {
  return `${name}_${namespace}(${uid})`;
}

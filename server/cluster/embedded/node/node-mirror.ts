import type { Mirror } from '../../mirror.ts';
import type { MirroredKind } from '../../mirrored-kinds.ts';

/** What the node watches alone: pods depend on it, and no verdict does. */
export const nodeKinds = ['Node', 'PersistentVolume', 'PersistentVolumeClaim'] as const satisfies MirroredKind[];

/** The live copy that the node works by. */
export type NodeMirror = Pick<Mirror, 'get' | 'list' | 'onChange'>;

/** Two mirrors as one. @param own of `nodeKinds` */
export function joinMirrors(shared: NodeMirror, own: NodeMirror): NodeMirror {
  const of = (kind: MirroredKind) => (nodeKinds.some((each) => each === kind) ? own : shared);
  return {
    get: (kind, name, namespace) => of(kind).get(kind, name, namespace),
    list: (kind, namespace) => of(kind).list(kind, namespace),
    onChange: (listener) => {
      const ends = [shared, own].map((mirror) => mirror.onChange(listener));
      return () => ends.forEach((end) => end());
    },
  };
}

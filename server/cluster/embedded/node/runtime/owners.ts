import type { ContainerIdentity } from '../container.ts';

/** Whose a file is, and what its permission bits say (inode(7)). */
export interface Owner {
  uid: number;
  gid: number;
  /** Undefined where the bits are the filesystem's own. */
  mode?: number;
}

/** The owners of the files of one filesystem, by path. */
export class Owners {
  readonly #known = new Map<string, Owner>();
  readonly #byDefault: (path: string) => Owner;

  constructor(byDefault: (path: string) => Owner) {
    this.#byDefault = byDefault;
  }

  of(path: string): Owner {
    return this.#known.get(path) ?? this.#byDefault(path);
  }

  set(path: string, owner: Owner): void {
    this.#known.set(path, owner);
  }

  /** The path and all below it are gone. */
  forget(path: string): void {
    for (const each of this.#known.keys()) if (each === path || each.startsWith(`${path}/`)) this.#known.delete(each);
  }
}

const bits = { read: 4, write: 2, search: 1 } as const;

/** Whether a process may use a file (path_resolution(7)): by the bits of its owner, its group, or all others. */
export function permits(
  { uid, gid, mode = 0o755 }: Owner,
  identity: Pick<ContainerIdentity, 'uid' | 'groups' | 'capabilities'>,
  use: keyof typeof bits,
): boolean {
  if (identity.capabilities.includes('DAC_OVERRIDE')) return true;
  const shift = uid === identity.uid ? 6 : identity.groups.includes(gid) ? 3 : 0;
  return ((mode >> shift) & bits[use]) !== 0;
}

import { InMemoryFs } from 'just-bash';
import type { PodVolume, VolumeFile } from '../container.ts';
import { Owners } from './owners.ts';

const followers = new Set<PodVolume['kind']>(['configMap', 'secret', 'projected', 'downwardAPI']);

/** What a volume without a limit of its own may hold. */
const most = 8 * 1024 * 1024;

/** A volume of a pod, in memory. */
export class Volume implements PodVolume {
  /** Another one after each change of what a source gives. */
  fs = new InMemoryFs();
  readonly name: string;
  readonly kind: PodVolume['kind'];
  readonly sizeLimit?: number;
  owners: Owners;
  readonly #group: number | undefined;
  #used = 0;

  constructor(
    name: string,
    kind: PodVolume['kind'],
    { sizeLimit, fsGroup }: { sizeLimit?: number; fsGroup?: number } = {},
  ) {
    this.name = name;
    this.kind = kind;
    if (sizeLimit !== undefined) this.sizeLimit = sizeLimit;
    this.#group = fsGroup;
    this.owners = this.#newOwners();
  }

  /** An emptyDir is everybody's; an fsGroup's files stay the group's, by the setgid bit. */
  #newOwners(): Owners {
    const gid = this.#group ?? 0;
    const setGid = this.#group === undefined ? 0 : 0o2000;
    const top =
      this.kind === 'hostPath'
        ? { uid: 0, gid: 0, mode: 0o755 }
        : { uid: 0, gid, mode: setGid | (this.followsSource ? 0o1777 : 0o777) };
    return new Owners((path) => (path === '/' ? top : { uid: 0, gid }));
  }

  /** Whether its content is its source's: nobody writes there. */
  get followsSource(): boolean {
    return followers.has(this.kind);
  }

  /** Reserves room. @returns false when it is full. */
  take(bytes: number): boolean {
    if (this.#used + bytes > (this.sizeLimit ?? most)) return false;
    this.#used += bytes;
    return true;
  }

  replace(files: Map<string, VolumeFile>): void {
    const fs = new InMemoryFs();
    const owners = this.#newOwners();
    for (const [path, { content, mode, uid, gid }] of files) {
      owners.set(`/${path}`, { uid, gid, mode });
      fs.mkdirSync(`/${path}`.slice(0, `/${path}`.lastIndexOf('/')) || '/', { recursive: true });
      fs.writeFileSync(`/${path}`, content, undefined, { mode });
    }
    this.fs = fs;
    this.owners = owners;
  }
}

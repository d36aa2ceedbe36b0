import { InMemoryFs, type IFileSystem } from 'just-bash';
import type { PodVolume, VolumeFile } from '../pod-volume.ts';
import { Owners } from './owners.ts';
import { Usage } from './usage.ts';

const followers = new Set<PodVolume['kind']>(['configMap', 'secret', 'projected', 'downwardAPI']);

/** What a volume without a limit of its own may hold. */
const most = 8 * 1024 * 1024;

/** A volume of a pod, in memory. */
export class Volume implements PodVolume {
  /** Another one after each change of what a source gives. */
  fs = new InMemoryFs();
  readonly name: string;
  readonly kind: PodVolume['kind'];
  sizeLimit?: number;
  owners: Owners;
  readonly #group: number | undefined;
  /** Whether what it holds counts as its containers' memory. */
  readonly inMemory: boolean;
  readonly usage = new Usage(() => sizeOf(this.fs));

  constructor(
    name: string,
    kind: PodVolume['kind'],
    { sizeLimit, fsGroup, inMemory = false }: { sizeLimit?: number; fsGroup?: number; inMemory?: boolean } = {},
  ) {
    this.name = name;
    this.kind = kind;
    if (sizeLimit !== undefined) this.sizeLimit = sizeLimit;
    this.#group = fsGroup;
    this.inMemory = inMemory;
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

  /** Makes it a group's, as a kubelet does with a pod's fsGroup before each start. */
  giveTo(gid: number): void {
    this.owners.set('/', { uid: 0, gid, mode: 0o2777 });
  }

  /** Whether its content is its source's: nobody writes there. */
  get followsSource(): boolean {
    return followers.has(this.kind);
  }

  /** Reserves room. @returns false when it is full. */
  take(bytes: number): Promise<boolean> {
    return this.usage.take(bytes, Math.min(this.sizeLimit ?? most, most));
  }

  used(): Promise<number> {
    return this.usage.counted();
  }

  replace(files: Map<string, VolumeFile>): void {
    const fs = new InMemoryFs();
    const owners = this.#newOwners();
    for (const [path, { content, mode, uid, gid }] of files) {
      owners.set(`/${path}`, { uid, gid, mode });
      fs.mkdirSync(`/${path}`.slice(0, `/${path}`.lastIndexOf('/')) || '/', { recursive: true });
      if (typeof content === 'function') fs.writeFileLazy(`/${path}`, content, { mode });
      else fs.writeFileSync(`/${path}`, content, undefined, { mode });
    }
    this.fs = fs;
    this.owners = owners;
  }
}

/** What a path counts for by itself. */
export const bytesOfPath = 64;

/** How many bytes the files of a filesystem have; each path counts for some itself. */
export async function sizeOf(fs: IFileSystem): Promise<number> {
  // A folder may have become a link meanwhile; what was below it is nowhere.
  const size = (path: string) =>
    fs.lstat(path).then(
      (stat) => bytesOfPath + stat.size,
      () => 0,
    );
  const sizes = await Promise.all(fs.getAllPaths().map(size));
  return sizes.reduce((sum, each) => sum + each, 0);
}

import { InMemoryFs, type IFileSystem } from 'just-bash';
import type { CatalogueImage } from '../../../../content/image-catalogue.ts';
import type { ContainerMount } from '../pod-volume.ts';
import type { ContainerMemory } from './memory.ts';
import { refusal } from './kernel-words.ts';
import { Owners, type Owner } from './owners.ts';
import { Usage } from './usage.ts';
import { bytesOfPath, sizeOf, type Volume } from './volume.ts';

/** What one container may hold in its writable layer and its volumes together. */
const mostBytes = 16 * 1024 * 1024;

interface Mounted {
  path: string;
  volume: Volume;
  subPath: string;
  readOnly: boolean;
}

/** Where a path leads. */
export interface Place {
  fs: IFileSystem;
  at: string;
  owners: Owners;
  readOnly: boolean;
  mount?: Mounted;
  /** What the path begins with when it leads into another container. */
  prefix: string;
  /** Reserves room there. @returns false when it is full. */
  take: (bytes: number) => Promise<boolean>;
}

/** The files of one container: its image's, with volumes mounted over them. Whoever asks for a path may have it. */
export class FileTree {
  readonly #root: InMemoryFs;
  readonly #mounts: Mounted[];
  readonly #owners: Owners;
  readonly #readOnly: boolean;
  readonly #memory: ContainerMemory;
  readonly #usage: Usage;
  /** Bytes of the image's own files. */
  readonly #atStart: number;
  readonly #seen: ReadonlyMap<string, FileTree | undefined>;

  /**
   * @param options.made files that the runtime adds to the image's.
   * @param options.seen files of other containers, by the folder that they are below; undefined for what may not be looked into.
   */
  constructor(
    image: CatalogueImage,
    options: {
      mounts: readonly ContainerMount[];
      made: Record<string, string>;
      readOnly: boolean;
      memory: ContainerMemory;
      seen?: ReadonlyMap<string, FileTree | undefined>;
    },
  ) {
    this.#root = new InMemoryFs({ ...image.files, ...options.made });
    for (const folder of Object.keys(image.folders)) this.#root.mkdirSync(folder, { recursive: true });
    this.#owners = new Owners(imageOwner(image));
    this.#readOnly = options.readOnly;
    this.#memory = options.memory;
    this.#seen = options.seen ?? new Map<string, undefined>();
    this.#mounts = options.mounts
      .map(({ path, volume, subPath = '', readOnly }) => ({
        path: path.replace(/\/+$/, '') || '/',
        volume: volume as Volume,
        subPath,
        readOnly,
      }))
      .sort((a, b) => b.path.length - a.path.length);
    for (const path of [...this.#mounts.map((mount) => mount.path), ...this.#seen.keys()])
      this.#root.mkdirSync(path.slice(0, path.lastIndexOf('/')) || '/', { recursive: true });
    const texts = Object.values({ ...image.files, ...options.made });
    this.#atStart = this.#root.getAllPaths().length * bytesOfPath + texts.reduce((sum, { length }) => sum + length, 0);
    this.#usage = new Usage(() => this.#held());
  }

  at(path: string): Place {
    const clean = this.resolvePath('/', path);
    for (const [folder, tree] of this.#seen) {
      if (clean !== folder && !clean.startsWith(`${folder}/`)) continue;
      if (!tree) throw refusal('EACCES: permission denied', 'open', path);
      const place = tree.at(clean.slice(folder.length) || '/');
      return { ...place, prefix: folder + place.prefix };
    }
    const mount = this.#mounts.find(
      (each) => clean === each.path || clean.startsWith(each.path === '/' ? '/' : `${each.path}/`),
    );
    const take = (bytes: number) => this.#usage.take(bytes, mostBytes);
    if (!mount) return { fs: this.#root, at: clean, owners: this.#owners, readOnly: this.#readOnly, prefix: '', take };
    const { volume, subPath } = mount;
    return {
      fs: volume.fs,
      at: `${subPath ? `/${subPath}` : ''}${clean.slice(mount.path.length)}` || '/',
      owners: volume.owners,
      readOnly: mount.readOnly || volume.followsSource,
      mount,
      prefix: '',
      take: async (bytes) => (await this.#hasMemory(volume, bytes)) && (await take(bytes)) && volume.take(bytes),
    };
  }

  isMountPoint(path: string): boolean {
    const clean = this.resolvePath('/', path);
    return this.#seen.has(clean) || this.#mounts.some((mount) => mount.path === clean);
  }

  /** Names of a folder that are there only because something is mounted. */
  mountedIn(folder: string): string[] {
    const clean = this.resolvePath('/', folder);
    for (const [seen, tree] of this.#seen)
      if (clean === seen || clean.startsWith(`${seen}/`)) return tree?.mountedIn(clean.slice(seen.length) || '/') ?? [];
    const parent = clean.replace(/\/+$/, '');
    return [...this.#mounts.map((mount) => mount.path), ...this.#seen.keys()]
      .filter((path) => path.startsWith(`${parent}/`))
      .map((path) => path.slice(parent.length + 1).split('/')[0] ?? '');
  }

  resolvePath(base: string, path: string): string {
    return this.#root.resolvePath(base, path);
  }

  /** Those of other containers are left out. */
  allPaths(): string[] {
    return [
      ...this.#root.getAllPaths(),
      ...this.#mounts.flatMap(({ path, volume }) => volume.fs.getAllPaths().map((below) => `${path}${below}`)),
    ];
  }

  /** Bytes that were written outside volumes. */
  async writtenBytes(): Promise<number> {
    return Math.max(0, (await sizeOf(this.#root)) - this.#atStart);
  }

  /** Whether a volume's memory is the container's to use; one that asks for more than its limit is killed. */
  async #hasMemory(volume: Volume, bytes: number): Promise<boolean> {
    const { limit } = this.#memory;
    if (!volume.inMemory || limit === undefined) return true;
    const volumes = [...new Set(this.#mounts.map((mount) => mount.volume))].filter(({ inMemory }) => inMemory);
    const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, bytes);
    if (sum(volumes.map(({ usage }) => usage.bytes)) <= limit) return true;
    if (sum(await Promise.all(volumes.map(({ usage }) => usage.counted()))) <= limit) return true;
    return !this.#memory.exceed();
  }

  async #held(): Promise<number> {
    const volumes = new Set(this.#mounts.map(({ volume }) => volume.fs));
    const sizes = await Promise.all([this.#root, ...volumes].map((fs) => sizeOf(fs)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

/** The owners of an image's files, as coarse as the catalogue: a folder is root's, a user's, or everybody's. */
function imageOwner({ folders }: CatalogueImage): (path: string) => Owner {
  const known = Object.entries(folders).sort(([a], [b]) => b.length - a.length);
  return (path) => {
    const [folder, owner] = known.find(([each]) => path === each || path.startsWith(`${each}/`)) ?? ['', 'root'];
    if (owner === 'everybody') return path === folder ? { uid: 0, gid: 0, mode: 0o1777 } : { uid: 0, gid: 0 };
    return owner === 'root' ? { uid: 0, gid: 0 } : { uid: owner, gid: owner };
  };
}

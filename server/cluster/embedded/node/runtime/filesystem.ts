import { InMemoryFs, type IFileSystem } from 'just-bash';
import type { CatalogueImage } from '../../../../content/image-catalogue.ts';
import type { ContainerIdentity, ContainerMount } from '../container.ts';
import { Owners, permits, type Owner } from './owners.ts';
import type { Volume } from './volume.ts';

/** What one container's filesystems may hold together. */
const mostBytes = 16 * 1024 * 1024;

interface Mounted {
  path: string;
  volume: Volume;
  subPath: string;
  readOnly: boolean;
}

/**
 * A container's filesystem as just-bash sees it: the image's files with its volumes mounted, and the kernel's refusals.
 * Owners and modes decide who may: the catalogue's folders, the pod's volumes, and what the container itself made.
 */
export class ContainerFilesystem implements IFileSystem {
  readonly #root: InMemoryFs;
  readonly #mounts: Mounted[];
  readonly #identity: ContainerIdentity;
  readonly #owners: Owners;
  #written = 0;

  constructor(
    image: CatalogueImage,
    identity: ContainerIdentity,
    mounts: readonly ContainerMount[],
    made: Record<string, string>,
  ) {
    this.#root = new InMemoryFs({ ...image.files, ...made });
    for (const folder of Object.keys(image.folders)) this.#root.mkdirSync(folder, { recursive: true });
    this.#identity = identity;
    this.#owners = new Owners(imageOwner(image));
    this.#mounts = mounts
      .map(({ path, volume, subPath = '', readOnly }) => ({
        path: path.replace(/\/+$/, '') || '/',
        volume: volume as Volume,
        subPath,
        readOnly,
      }))
      .sort((a, b) => b.path.length - a.path.length);
    for (const { path } of this.#mounts)
      this.#root.mkdirSync(path.slice(0, path.lastIndexOf('/')) || '/', { recursive: true });
  }

  /** Reads without the container's own limits. */
  async text(path: string): Promise<string | undefined> {
    const { fs, at } = this.#at(path);
    return (await fs.exists(at)) ? fs.readFile(at) : undefined;
  }

  async readFile(path: string, options?: Parameters<IFileSystem['readFile']>[1]): Promise<string> {
    const { fs, at } = await this.#readable(path);
    return fs.readFile(at, options);
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    const { fs, at } = await this.#readable(path);
    return fs.readFileBuffer(at);
  }

  /** Whose a file is, its mode included. */
  async owner(path: string): Promise<Required<Owner>> {
    const { fs, at, owners } = this.#at(path);
    const owner = owners.of(at);
    return { ...owner, mode: owner.mode ?? (await fs.lstat(at)).mode };
  }

  /** @throws Error when the file couldn't be written. */
  async checkWritable(path: string): Promise<void> {
    if (!path.startsWith('/proc/') && !path.startsWith('/dev/')) await this.#writable(path, 0, 'asked');
  }

  /** Gives a file to somebody else. @throws Error for all but root */
  async chown(path: string, uid: number | undefined, gid: number | undefined): Promise<void> {
    const { at, owners } = await this.#writable(path, 0, 'exists');
    if (!this.#identity.capabilities.includes('CHOWN')) throw refusal('EPERM: operation not permitted', 'chown', path);
    const before = owners.of(at);
    owners.set(at, { ...before, uid: uid ?? before.uid, gid: gid ?? before.gid });
  }

  async writeFile(
    path: string,
    content: string | Uint8Array,
    options?: Parameters<IFileSystem['writeFile']>[2],
  ): Promise<void> {
    if (path === '/dev/null') return;
    const { fs, at } = await this.#writable(path, content.length);
    await fs.writeFile(at, content, options);
  }

  async appendFile(
    path: string,
    content: string | Uint8Array,
    options?: Parameters<IFileSystem['appendFile']>[2],
  ): Promise<void> {
    if (path === '/dev/null') return;
    const { fs, at } = await this.#writable(path, content.length);
    await fs.appendFile(at, content, options);
  }

  async exists(path: string): Promise<boolean> {
    if (this.#isMountPoint(path)) return true;
    const { fs, at } = this.#at(path);
    return fs.exists(at);
  }

  stat(path: string): ReturnType<IFileSystem['stat']> {
    const { fs, at } = this.#at(path);
    return fs.stat(at);
  }

  lstat(path: string): ReturnType<IFileSystem['lstat']> {
    const { fs, at } = this.#at(path);
    return fs.lstat(at);
  }

  async mkdir(path: string, options?: Parameters<IFileSystem['mkdir']>[1]): Promise<void> {
    if (options?.recursive && (await this.exists(path))) return;
    const { fs, at } = await this.#writable(path, 64);
    await fs.mkdir(at, options);
  }

  async readdir(path: string): Promise<string[]> {
    const { fs, at } = await this.#readable(path);
    const names = await fs.readdir(at);
    const parent = path.replace(/\/+$/, '');
    const mounted = this.#mounts
      .filter((mount) => mount.path.startsWith(`${parent}/`))
      .map((mount) => mount.path.slice(parent.length + 1).split('/')[0] ?? '');
    return [...new Set([...names, ...mounted])].sort();
  }

  async rm(path: string, options?: Parameters<IFileSystem['rm']>[1]): Promise<void> {
    const { fs, at, owners } = await this.#writable(path, 0, 'removed');
    if (this.#isMountPoint(path)) throw refusal('EBUSY: resource busy or locked', 'rm', path);
    await fs.rm(at, options);
    owners.forget(at);
  }

  async cp(source: string, target: string): Promise<void> {
    await this.writeFile(target, await this.readFileBuffer(source));
  }

  async mv(source: string, target: string): Promise<void> {
    await this.cp(source, target);
    await this.rm(source);
  }

  resolvePath(base: string, path: string): string {
    return this.#root.resolvePath(base, path);
  }

  getAllPaths(): string[] {
    return [
      ...this.#root.getAllPaths(),
      ...this.#mounts.flatMap(({ path, volume }) => volume.fs.getAllPaths().map((below) => `${path}${below}`)),
    ];
  }

  async chmod(path: string, mode: number): Promise<void> {
    const { fs, at, owners } = await this.#writable(path, 0, 'exists');
    const owner = owners.of(at);
    if (owner.uid !== this.#identity.uid && !this.#identity.capabilities.includes('FOWNER'))
      throw refusal('EPERM: operation not permitted', 'chmod', path);
    await fs.chmod(at, mode);
    owners.set(at, { ...owner, mode });
  }

  async symlink(target: string, path: string): Promise<void> {
    const { fs, at } = await this.#writable(path, 64);
    await fs.symlink(target, at);
  }

  async link(existing: string, path: string): Promise<void> {
    await this.cp(existing, path);
  }

  readlink(path: string): Promise<string> {
    const { fs, at } = this.#at(path);
    return fs.readlink(at);
  }

  async realpath(path: string): Promise<string> {
    const { fs, at, mount } = this.#at(path);
    const real = await fs.realpath(at);
    return mount
      ? `${mount.path}${real.slice(mount.subPath.length ? mount.subPath.length + 1 : 0)}`.replace(/\/$/, '') || '/'
      : real;
  }

  async utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    const { fs, at } = await this.#writable(path, 0);
    await fs.utimes(at, atime, mtime);
  }

  #at(path: string): Place {
    const clean = this.#root.resolvePath('/', path);
    const mount = this.#mounts.find(
      (each) => clean === each.path || clean.startsWith(each.path === '/' ? '/' : `${each.path}/`),
    );
    if (!mount) return { fs: this.#root, at: clean, owners: this.#owners };
    const below = `${mount.subPath ? `/${mount.subPath}` : ''}${clean.slice(mount.path.length)}` || '/';
    return { fs: mount.volume.fs, at: below, owners: mount.volume.owners, mount };
  }

  #isMountPoint(path: string): boolean {
    const clean = this.#root.resolvePath('/', path);
    return this.#mounts.some((mount) => mount.path === clean);
  }

  /** @throws Error when the file's mode or a folder's on the way refuses. */
  async #readable(path: string): Promise<Place> {
    const place = this.#at(path);
    const folders = place.at.split('/').slice(1, -1);
    for (let depth = 0; depth <= folders.length; depth++) {
      const folder = `/${folders.slice(0, depth).join('/')}`;
      if (place.at !== '/' && !(await this.#may(place, folder, 'search')))
        throw refusal('EACCES: permission denied', 'open', path);
    }
    if (!(await this.#may(place, place.at, 'read'))) throw refusal('EACCES: permission denied', 'open', path);
    return place;
  }

  async #may({ fs, owners }: Place, at: string, use: 'read' | 'write' | 'search'): Promise<boolean> {
    if (this.#identity.capabilities.includes('DAC_OVERRIDE')) return true;
    const owner = owners.of(at);
    const mode = owner.mode ?? ((await fs.exists(at)) ? (await fs.stat(at)).mode : 0o755);
    return permits({ ...owner, mode }, this.#identity, use);
  }

  /**
   * @param what a file to write that may be new, one that is only asked about, one whose content stays, or one that is
   * taken out of its folder.
   * @throws Error as the kernel refuses, in Node's words, which just-bash turns into a shell's.
   */
  async #writable(
    path: string,
    bytes: number,
    what: 'written' | 'asked' | 'exists' | 'removed' = 'written',
  ): Promise<Place> {
    const place = this.#at(path);
    const { fs, at, owners, mount } = place;
    if (mount ? mount.readOnly || mount.volume.followsSource : this.#identity.readOnlyRootFilesystem)
      throw refusal('EROFS: read-only file system', 'open', path);
    const there = await fs.exists(at);
    const folder = at.slice(0, at.lastIndexOf('/')) || '/';
    if (what !== 'exists' && !(await this.#may(place, there && what !== 'removed' ? at : folder, 'write')))
      throw refusal('EACCES: permission denied', 'open', path);
    this.#written += bytes;
    if (this.#written > mostBytes || (mount && !mount.volume.take(bytes)))
      throw refusal('ENOSPC: no space left on device', 'write', path);
    if (!there && what === 'written') {
      const above = owners.of(folder);
      owners.set(at, { uid: this.#identity.uid, gid: (above.mode ?? 0) & 0o2000 ? above.gid : this.#identity.gid });
    }
    return place;
  }
}

/** Where a path leads. */
interface Place {
  fs: IFileSystem;
  at: string;
  owners: Owners;
  mount?: Mounted;
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

function refusal(words: string, call: string, path: string): Error {
  return new Error(`${words}, ${call} '${path}'`);
}

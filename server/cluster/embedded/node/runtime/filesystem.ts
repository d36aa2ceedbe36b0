import type { IFileSystem } from 'just-bash';
import type { ContainerIdentity } from '../container.ts';
import type { FileTree, Place } from './file-tree.ts';
import { refusal } from './kernel-words.ts';
import { permits, type Owner } from './owners.ts';

/**
 * A container's filesystem as just-bash sees it: its files, and the kernel's refusals. Owners and modes decide who may:
 * the catalogue's folders, the pod's volumes, and what the container itself made.
 */
export class ContainerFilesystem implements IFileSystem {
  readonly #tree: FileTree;
  readonly #identity: ContainerIdentity;

  constructor(tree: FileTree, identity: ContainerIdentity) {
    this.#tree = tree;
    this.#identity = identity;
  }

  /** Reads without the container's own limits. */
  async text(path: string): Promise<string | undefined> {
    const { fs, at } = this.#tree.at(path);
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

  /** Whether what is written there takes memory. */
  isInMemory(path: string): boolean {
    return this.#tree.at(path).mount?.volume.inMemory ?? false;
  }

  /** Whose a file is, its mode included. */
  async owner(path: string): Promise<Required<Owner>> {
    const { fs, at, owners } = this.#tree.at(path);
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
    if (this.#tree.isMountPoint(path)) return true;
    const { fs, at } = this.#tree.at(path);
    return fs.exists(at);
  }

  async stat(path: string): ReturnType<IFileSystem['stat']> {
    const { fs, at } = this.#tree.at(path);
    return fs.stat(at);
  }

  async lstat(path: string): ReturnType<IFileSystem['lstat']> {
    const { fs, at } = this.#tree.at(path);
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
    return [...new Set([...names, ...this.#tree.mountedIn(path)])].sort();
  }

  async rm(path: string, options?: Parameters<IFileSystem['rm']>[1]): Promise<void> {
    const { fs, at, owners } = await this.#writable(path, 0, 'removed');
    if (this.#tree.isMountPoint(path)) throw refusal('EBUSY: resource busy or locked', 'rm', path);
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
    return this.#tree.resolvePath(base, path);
  }

  getAllPaths(): string[] {
    return this.#tree.allPaths();
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
    const { fs, at } = this.#tree.at(path);
    return fs.readlink(at);
  }

  async realpath(path: string): Promise<string> {
    const { fs, at, prefix, mount } = this.#tree.at(path);
    const real = await fs.realpath(at);
    if (!mount) return prefix + real;
    return `${prefix}${mount.path}${real.slice(mount.subPath.length ? mount.subPath.length + 1 : 0)}`.replace(
      /(?<=.)\/$/,
      '',
    );
  }

  async utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    const { fs, at } = await this.#writable(path, 0);
    await fs.utimes(at, atime, mtime);
  }

  /** @throws Error when the file's mode or a folder's on the way refuses. */
  async #readable(path: string): Promise<Place> {
    const place = this.#tree.at(path);
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
    const place = this.#tree.at(path);
    const { fs, at, owners, readOnly } = place;
    if (readOnly) throw refusal('EROFS: read-only file system', 'open', path);
    const there = await fs.exists(at);
    const folder = at.slice(0, at.lastIndexOf('/')) || '/';
    if (what !== 'exists' && !(await this.#may(place, there && what !== 'removed' ? at : folder, 'write')))
      throw refusal('EACCES: permission denied', 'open', path);
    if (!(await place.take(bytes))) throw refusal('ENOSPC: no space left on device', 'write', path);
    if (!there && what === 'written') {
      const above = owners.of(folder);
      owners.set(at, { uid: this.#identity.uid, gid: (above.mode ?? 0) & 0o2000 ? above.gid : this.#identity.gid });
    }
    return place;
  }
}

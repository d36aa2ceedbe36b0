import type { IFileSystem } from 'just-bash';
import type { ContainerIdentity } from '../container.ts';
import { FileAccess } from './file-access.ts';
import type { FileTree } from './file-tree.ts';
import { refusal } from './kernel-words.ts';
import type { Owner } from './owners.ts';

/**
 * A container's filesystem as just-bash sees it: its files, and the kernel's refusals. Owners and modes decide who may:
 * the catalogue's folders, the pod's volumes, and what the container itself made.
 */
export class ContainerFilesystem implements IFileSystem {
  readonly #tree: FileTree;
  readonly #identity: ContainerIdentity;
  readonly #access: FileAccess;

  constructor(tree: FileTree, identity: ContainerIdentity) {
    this.#tree = tree;
    this.#identity = identity;
    this.#access = new FileAccess(tree, identity);
  }

  /** Reads without the container's own limits. */
  async text(path: string): Promise<string | undefined> {
    const { fs, at } = this.#tree.at(path);
    return (await fs.exists(at)) ? fs.readFile(at) : undefined;
  }

  async readFile(path: string, options?: Parameters<IFileSystem['readFile']>[1]): Promise<string> {
    const { fs, at } = await this.#access.readable(path);
    return fs.readFile(at, options);
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    const { fs, at } = await this.#access.readable(path);
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
    if (!path.startsWith('/proc/') && !path.startsWith('/dev/')) await this.#access.writable(path, 0, 'asked');
  }

  /** Gives a file to somebody else. @throws Error for all but root */
  async chown(path: string, uid: number | undefined, gid: number | undefined): Promise<void> {
    const { at, owners } = await this.#access.writable(path, 0, 'exists');
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
    const { fs, at } = await this.#access.writable(path, content.length);
    await fs.writeFile(at, content, options);
  }

  async appendFile(
    path: string,
    content: string | Uint8Array,
    options?: Parameters<IFileSystem['appendFile']>[2],
  ): Promise<void> {
    if (path === '/dev/null') return;
    const { fs, at } = await this.#access.writable(path, content.length);
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
    const { fs, at } = await this.#access.writable(path, 64);
    await fs.mkdir(at, options);
  }

  async readdir(path: string): Promise<string[]> {
    const { fs, at } = await this.#access.readable(path);
    const names = await fs.readdir(at);
    return [...new Set([...names, ...this.#tree.mountedIn(path)])].sort();
  }

  async rm(path: string, options?: Parameters<IFileSystem['rm']>[1]): Promise<void> {
    const { fs, at, owners } = await this.#access.writable(path, 0, 'removed');
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
    const { fs, at, owners } = await this.#access.writable(path, 0, 'exists');
    const owner = owners.of(at);
    if (owner.uid !== this.#identity.uid && !this.#identity.capabilities.includes('FOWNER'))
      throw refusal('EPERM: operation not permitted', 'chmod', path);
    await fs.chmod(at, mode);
    owners.set(at, { ...owner, mode });
  }

  async symlink(target: string, path: string): Promise<void> {
    const { fs, at } = await this.#access.writable(path, 64);
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
    const { fs, at } = await this.#access.writable(path, 0);
    await fs.utimes(at, atime, mtime);
  }
}

import { InMemoryFs, type IFileSystem } from 'just-bash';
import type { CatalogueImage } from '../../../../content/image-catalogue.ts';
import type { ContainerIdentity, ContainerMount } from '../container.ts';
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
 * Permissions are as coarse as the catalogue: root writes everywhere, others where a folder is theirs or everybody's.
 */
export class ContainerFilesystem implements IFileSystem {
  readonly #root: InMemoryFs;
  readonly #mounts: Mounted[];
  readonly #identity: ContainerIdentity;
  readonly #folders: [path: string, owner: 'root' | 'everybody' | number][];
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
    this.#folders = Object.entries(image.folders).sort(([a], [b]) => b.length - a.length);
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
    return (await this.exists(path)) ? this.readFile(path) : undefined;
  }

  readFile(path: string, options?: Parameters<IFileSystem['readFile']>[1]): Promise<string> {
    const { fs, at } = this.#at(path);
    return fs.readFile(at, options);
  }

  readFileBuffer(path: string): Promise<Uint8Array> {
    const { fs, at } = this.#at(path);
    return fs.readFileBuffer(at);
  }

  async writeFile(
    path: string,
    content: string | Uint8Array,
    options?: Parameters<IFileSystem['writeFile']>[2],
  ): Promise<void> {
    if (path === '/dev/null') return;
    const { fs, at } = this.#writable(path, content.length);
    await fs.writeFile(at, content, options);
  }

  async appendFile(
    path: string,
    content: string | Uint8Array,
    options?: Parameters<IFileSystem['appendFile']>[2],
  ): Promise<void> {
    if (path === '/dev/null') return;
    const { fs, at } = this.#writable(path, content.length);
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
    const { fs, at } = this.#writable(path, 64);
    await fs.mkdir(at, options);
  }

  async readdir(path: string): Promise<string[]> {
    const { fs, at } = this.#at(path);
    const names = await fs.readdir(at);
    const parent = path.replace(/\/+$/, '');
    const mounted = this.#mounts
      .filter((mount) => mount.path.startsWith(`${parent}/`))
      .map((mount) => mount.path.slice(parent.length + 1).split('/')[0] ?? '');
    return [...new Set([...names, ...mounted])].sort();
  }

  async rm(path: string, options?: Parameters<IFileSystem['rm']>[1]): Promise<void> {
    const { fs, at } = this.#writable(path, 0);
    if (this.#isMountPoint(path)) throw refusal('EBUSY: resource busy or locked', 'rm', path);
    await fs.rm(at, options);
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
    const { fs, at } = this.#writable(path, 0);
    await fs.chmod(at, mode);
  }

  async symlink(target: string, path: string): Promise<void> {
    const { fs, at } = this.#writable(path, 64);
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
    const { fs, at } = this.#writable(path, 0);
    await fs.utimes(at, atime, mtime);
  }

  #at(path: string): { fs: IFileSystem; at: string; mount?: Mounted } {
    const clean = this.#root.resolvePath('/', path);
    const mount = this.#mounts.find(
      (each) => clean === each.path || clean.startsWith(each.path === '/' ? '/' : `${each.path}/`),
    );
    if (!mount) return { fs: this.#root, at: clean };
    const below = `${mount.subPath ? `/${mount.subPath}` : ''}${clean.slice(mount.path.length)}` || '/';
    return { fs: mount.volume.fs, at: below, mount };
  }

  #isMountPoint(path: string): boolean {
    const clean = this.#root.resolvePath('/', path);
    return this.#mounts.some((mount) => mount.path === clean);
  }

  /** @throws Error as the kernel refuses, in Node's words, which just-bash turns into a shell's. */
  #writable(path: string, bytes: number): { fs: IFileSystem; at: string } {
    const { fs, at, mount } = this.#at(path);
    if (mount ? mount.readOnly || mount.volume.followsSource : this.#identity.readOnlyRootFilesystem)
      throw refusal('EROFS: read-only file system', 'open', path);
    if (!mount && this.#identity.uid !== 0 && !this.#mayWrite(at))
      throw refusal('EACCES: permission denied', 'open', path);
    this.#written += bytes;
    if (this.#written > mostBytes || (mount && !mount.volume.take(bytes)))
      throw refusal('ENOSPC: no space left on device', 'write', path);
    return { fs, at };
  }

  #mayWrite(path: string): boolean {
    const owner = this.#folders.find(([folder]) => path === folder || path.startsWith(`${folder}/`))?.[1];
    return owner === 'everybody' || owner === this.#identity.uid;
  }
}

function refusal(words: string, call: string, path: string): Error {
  return new Error(`${words}, ${call} '${path}'`);
}

/** A refusal of the filesystem in the words of a shell: `can't create /tmp/x: Read-only file system`. */
export function shellWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const known = /^(EROFS|EACCES|ENOSPC|ENOENT|EISDIR|ENOTDIR|EBUSY)\b.*?(?:'(.+)')?$/.exec(message);
  const words: Record<string, string> = {
    EROFS: 'Read-only file system',
    EACCES: 'Permission denied',
    ENOSPC: 'No space left on device',
    ENOENT: 'nonexistent directory',
    EISDIR: 'Is a directory',
    ENOTDIR: 'Not a directory',
    EBUSY: 'Resource busy',
  };
  return known ? `can't create ${known[2] ?? ''}: ${words[known[1] ?? ''] ?? ''}` : message;
}

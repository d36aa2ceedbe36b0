import type { IFileSystem } from 'just-bash';
import type { ProcessOutput } from './process.ts';
import { exitPath, stderrPath, stdoutPath } from './shell-transform.ts';

type Options<K extends keyof IFileSystem> = IFileSystem[K] extends (...args: infer A) => unknown ? A : never;

/** A container's filesystem as one of its processes sees it: with the files that are its own output. */
export class ProcessFilesystem implements IFileSystem {
  readonly #fs: IFileSystem;
  readonly #outputs: Record<string, (data: Buffer) => void>;
  /** Paths that may not be read: the tools of just-bash take any error for a file that isn't there. */
  readonly #refused = new Set<string>();
  /** Whether the shell itself was told to exit. */
  exited = false;

  /** @param first what the container's first process writes to, for which /proc/1 stands. */
  constructor(fs: IFileSystem, own: ProcessOutput, first: ProcessOutput) {
    this.#fs = fs;
    this.#outputs = {
      [stdoutPath]: (data) => (own.bytes ? own.bytes(data) : own.stdout(data.toString())),
      [stderrPath]: (data) => own.stderr(this.corrected(data.toString())),
      '/proc/1/fd/1': (data) => first.stdout(data.toString()),
      '/proc/1/fd/2': (data) => first.stderr(data.toString()),
    };
  }

  readFile(...args: Options<'readFile'>): Promise<string> {
    return this.#noting(args[0], this.#fs.readFile(...args));
  }
  readFileBuffer(path: string): Promise<Uint8Array> {
    return this.#noting(path, this.#fs.readFileBuffer(path));
  }
  writeFile(...args: Options<'writeFile'>): Promise<void> {
    return this.#tell(...args) ?? this.#fs.writeFile(...args);
  }
  appendFile(...args: Options<'appendFile'>): Promise<void> {
    return this.#tell(...args) ?? this.#fs.appendFile(...args);
  }
  exists(path: string): Promise<boolean> {
    return this.#noting(path, this.#fs.exists(path));
  }
  stat(path: string): ReturnType<IFileSystem['stat']> {
    return this.#noting(path, this.#fs.stat(path));
  }
  lstat(path: string): ReturnType<IFileSystem['lstat']> {
    return this.#noting(path, this.#fs.lstat(path));
  }
  mkdir(...args: Options<'mkdir'>): Promise<void> {
    return this.#fs.mkdir(...args);
  }
  readdir(path: string): Promise<string[]> {
    return this.#noting(path, this.#fs.readdir(path));
  }
  rm(...args: Options<'rm'>): Promise<void> {
    return this.#fs.rm(...args);
  }
  cp(...args: Options<'cp'>): Promise<void> {
    return this.#fs.cp(...args);
  }
  mv(source: string, target: string): Promise<void> {
    return this.#fs.mv(source, target);
  }
  resolvePath(base: string, path: string): string {
    return this.#fs.resolvePath(base, path);
  }
  getAllPaths(): string[] {
    return this.#fs.getAllPaths();
  }
  chmod(path: string, mode: number): Promise<void> {
    return this.#fs.chmod(path, mode);
  }
  symlink(target: string, path: string): Promise<void> {
    return this.#fs.symlink(target, path);
  }
  link(existing: string, path: string): Promise<void> {
    return this.#fs.link(existing, path);
  }
  readlink(path: string): Promise<string> {
    return this.#fs.readlink(path);
  }
  realpath(path: string): Promise<string> {
    return this.#fs.realpath(path);
  }
  utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    return this.#fs.utimes(path, atime, mtime);
  }

  /** Says of what was refused that it was, not that it isn't there. */
  corrected(stderr: string): string {
    return stderr.replaceAll(
      /^(\S+: (?:.*')?)([^':\s]+)('?): No such file or directory$/gm,
      (whole, ...parts: string[]) => {
        const [before = '', path = '', after = ''] = parts;
        const isRefused = [...this.#refused].some(
          (each) => each === path || each.endsWith(`/${path.replace(/^\.\//, '')}`),
        );
        return isRefused ? `${before}${path}${after}: Permission denied` : whole;
      },
    );
  }

  async #noting<T>(path: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('EACCES')) this.#refused.add(path);
      throw error;
    }
  }

  /** @returns undefined for a path that is a file of the container. */
  #tell(...[path, content, options]: Options<'appendFile'>): Promise<void> | undefined {
    if (path === exitPath) {
      this.exited = true;
      return Promise.resolve();
    }
    const output = this.#outputs[path];
    if (!output) return undefined;
    const encoding = typeof options === 'string' ? options : options?.encoding;
    const latin = encoding === 'binary' || encoding === 'latin1';
    const data = typeof content === 'string' ? Buffer.from(content, latin ? 'latin1' : 'utf8') : Buffer.from(content);
    if (data.length > 0) output(data);
    return Promise.resolve();
  }
}

import type { ContainerIdentity } from '../container.ts';
import type { FileTree, Place } from './file-tree.ts';
import { refusal } from './kernel-words.ts';
import { permits } from './owners.ts';

/** What an identity may do with files (path_resolution(7)). */
export class FileAccess {
  readonly #tree: FileTree;
  readonly #identity: ContainerIdentity;

  constructor(tree: FileTree, identity: ContainerIdentity) {
    this.#tree = tree;
    this.#identity = identity;
  }

  /** @throws Error when the file's mode or a folder's on the way refuses. */
  async readable(path: string): Promise<Place> {
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
  async writable(
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

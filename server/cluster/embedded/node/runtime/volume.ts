import { InMemoryFs } from 'just-bash';
import type { PodVolume, VolumeFile } from '../container.ts';

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
  #used = 0;

  constructor(name: string, kind: PodVolume['kind'], sizeLimit?: number) {
    this.name = name;
    this.kind = kind;
    if (sizeLimit !== undefined) this.sizeLimit = sizeLimit;
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
    for (const [path, { content, mode }] of files) {
      fs.mkdirSync(`/${path}`.slice(0, `/${path}`.lastIndexOf('/')) || '/', { recursive: true });
      fs.writeFileSync(`/${path}`, content, undefined, { mode });
    }
    this.fs = fs;
  }
}

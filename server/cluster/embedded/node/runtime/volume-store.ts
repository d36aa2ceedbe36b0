import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../../log.ts';
import { writeAtomically } from '../../atomic-file.ts';
import type { VolumeSetup } from '../pod-volume.ts';
import { Volume } from './volume.ts';
import { filesOf, fill, fingerprintOf, VolumeFiles } from './volume-files.ts';

/** How often what has changed is written down, in milliseconds: what a crash may cost. */
const period = 2000;
const ending = '.json';

export interface VolumeStoreOptions {
  /** Where what they hold is kept for the next start, a file each. */
  folder: string;
  log: Log;
  /** Whether there still is a PersistentVolume of a name. */
  exists: (name: string) => boolean;
}

interface Kept {
  volume: Volume;
  /** Of what was written down last. */
  fingerprint: string;
}

/** What PersistentVolumes hold, by their names: in memory, and on the disk for the platform's next start. */
export class VolumeStore {
  readonly #options: VolumeStoreOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #stop = new AbortController();
  #saving: Promise<void> = Promise.resolve();

  private constructor(options: VolumeStoreOptions) {
    this.#options = options;
  }

  /** Reads what was kept, and forgets that of volumes that are gone. What can't be read is left where it is, and told of. */
  static async open(options: VolumeStoreOptions): Promise<VolumeStore> {
    const { folder, exists, log } = options;
    const store = new VolumeStore(options);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const file of (await readdir(folder)).filter((each) => each.endsWith(ending))) {
      const name = basename(file, ending);
      const path = join(folder, file);
      if (!exists(name)) {
        await rm(path);
        continue;
      }
      try {
        await store.#read(name, path);
      } catch (error) {
        log.error({ err: error, path }, 'what a PersistentVolume held can not be read; it begins empty');
      }
    }
    void store.#saveNowAndThen();
    return store;
  }

  /** The volume of that name, or a new one. */
  volume(name: string, setup: VolumeSetup): Volume {
    const volume = this.#kept.get(name)?.volume ?? new Volume(setup.name, setup.kind, setup);
    if (!this.#kept.has(name)) this.#kept.set(name, { volume, fingerprint: '' });
    if (setup.sizeLimit !== undefined) volume.sizeLimit = setup.sizeLimit;
    if (setup.fsGroup !== undefined) volume.giveTo(setup.fsGroup);
    return volume;
  }

  remove(name: string): void {
    this.#kept.delete(name);
    void this.#inTurn(() => rm(this.#path(name), { force: true }));
  }

  /** Writes down what has changed since the last time. */
  async save(): Promise<void> {
    const saved = [...this.#kept].map(([name, kept]) => this.#inTurn(() => this.#saveOne(name, kept)));
    await Promise.all(saved);
  }

  /** Writes down the rest; nothing may change any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.save();
  }

  async #read(name: string, path: string): Promise<void> {
    const files = VolumeFiles.parse(JSON.parse(await readFile(path, 'utf8')));
    const volume = new Volume(name, 'persistentVolumeClaim');
    await fill(volume, files);
    await volume.used();
    this.#kept.set(name, { volume, fingerprint: await fingerprintOf(volume) });
  }

  async #saveNowAndThen(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await sleep(period, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await this.save();
    }
  }

  async #saveOne(name: string, kept: Kept): Promise<void> {
    const fingerprint = await fingerprintOf(kept.volume);
    if (fingerprint === kept.fingerprint) return;
    await writeAtomically(this.#path(name), JSON.stringify(await filesOf(kept.volume)), 0o600);
    kept.fingerprint = fingerprint;
  }

  /** One after the other; what fails is told, and tried again the next time. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#saving = this.#saving.then(work).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'what PersistentVolumes hold could not be written down');
    });
    await this.#saving;
  }

  #path(name: string): string {
    return join(this.#options.folder, `${name}${ending}`);
  }
}

import type { Content, Lab } from '../content/content.ts';
import { HaechiError } from '../errors.ts';
import { plotOf, type Plot } from './plot.ts';
import { isOpen, type AttemptRecord } from './record.ts';
import type { AttemptStore } from './store.ts';

/** All attempts that are kept, by whose they are, and what the content has to say of each. */
export class AttemptRecords {
  readonly #content: Content;
  readonly #store: AttemptStore;
  readonly #records = new Map<string, AttemptRecord>();
  readonly #plots = new WeakMap<AttemptRecord, Plot>();

  constructor(content: Content, store: AttemptStore) {
    this.#content = content;
    this.#store = store;
  }

  async load(): Promise<void> {
    for (const record of await this.#store.load()) this.#records.set(record.id, record);
  }

  async save(record: AttemptRecord): Promise<void> {
    this.#records.set(record.id, record);
    await this.#store.save(record);
  }

  /** Oldest first. */
  all(): AttemptRecord[] {
    return [...this.#records.values()];
  }

  /** A learner's, oldest first. */
  of(learner: string): AttemptRecord[] {
    return this.all().filter((record) => record.learner === learner);
  }

  /** @throws HaechiError `not-found` also when it is another learner's. */
  get(learner: string, id: string): AttemptRecord {
    const record = this.#records.get(id);
    if (record?.learner !== learner) throw new HaechiError('not-found', { what: `attempt ${id}` });
    return record;
  }

  /** @throws HaechiError `not-found` also when it is another learner's; `attempt-closed` when it is over. */
  getOpen(learner: string, id: string): AttemptRecord {
    const record = this.get(learner, id);
    if (!isOpen(record.state)) throw new HaechiError('attempt-closed');
    return record;
  }

  /** @throws HaechiError `not-found` */
  lab(id: string): Lab {
    const lab = this.#content.labs.get(id);
    if (!lab) throw new HaechiError('not-found', { what: `lab ${id}` });
    return lab;
  }

  /** @throws HaechiError `not-found` when its lab is no longer there. */
  plot(record: AttemptRecord): Plot {
    const known = this.#plots.get(record);
    if (known) return known;
    const plot = plotOf(record.id, this.lab(record.lab), record.suffix);
    this.#plots.set(record, plot);
    return plot;
  }
}

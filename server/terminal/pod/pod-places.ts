import { attemptLabel, learnersNamespace } from '../../attempt/labels.ts';
import type { Place, Places } from '../place.ts';
import { PodPlace, type PodDependencies } from './pod-place.ts';

/** Workbench pods, and who hears when one goes. */
export class PodPlaces implements Places {
  readonly containment = { contained: true } as const;
  readonly shellsOutliveServer = true;
  readonly #dependencies: PodDependencies;
  readonly #places = new Map<string, PodPlace>();
  readonly #ignore: () => void;

  constructor(dependencies: PodDependencies) {
    this.#dependencies = dependencies;
    this.#ignore = dependencies.mirror.onChange(({ kind, object: { metadata } }) => {
      if (kind !== 'Pod' || metadata?.namespace !== learnersNamespace) return;
      this.#places.get(metadata.labels?.[attemptLabel] ?? '')?.podChanged(metadata.name ?? '');
    });
  }

  place(attempt: string): Place {
    const place = new PodPlace(attempt, this.#dependencies, () => this.#places.delete(attempt));
    this.#places.set(attempt, place);
    return place;
  }

  stop(): Promise<void> {
    this.#ignore();
    return Promise.resolve();
  }
}

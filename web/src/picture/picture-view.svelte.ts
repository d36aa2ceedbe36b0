import { SvelteSet } from 'svelte/reactivity';
import type { FlowState, Picture, PictureNode } from '../../../server/contract/picture.ts';
import type { Words } from '../words/words.ts';
import { defaultStates, linksOf, type Link } from './links.ts';
import { readStored, writeStored } from '../state/stored.ts';

export type Selection = { kind: 'link'; id: string } | { kind: 'node'; id: string };

/** How a learner looks at the picture: as a picture or a list, which kinds of flow, what is selected. */
export class PictureView {
  as = $state<'picture' | 'list'>('picture');
  selection = $state.raw<Selection | null>(null);
  readonly #picture: () => Picture | null;
  readonly #toggled = new SvelteSet<FlowState>();
  readonly links: Link[] = $derived.by(() => linksOf(this.#picture()?.flows ?? []));
  /** Kinds that are there, in the legend's order, with the number of lines. */
  readonly kinds: { state: FlowState; count: number }[] = $derived(
    legendOrder.flatMap((state) => {
      const count = this.links.filter((link) => link.state === state).length;
      return count > 0 ? [{ state, count }] : [];
    }),
  );
  readonly #usual: readonly FlowState[] = $derived.by(() => defaultStates(this.links));
  readonly selectedLinks: Link[] = $derived.by(() => {
    const { selection } = this;
    if (!selection) return [];
    if (selection.kind === 'node')
      return this.links.filter(({ from, to }) => from === selection.id || to === selection.id);
    const exact = this.links.filter(({ id }) => id === selection.id);
    // The flow is of another kind now: what was explained stays explained.
    const [pair] = selection.id.split(':');
    return exact.length > 0 ? exact : this.links.filter(({ id }) => id.split(':')[0] === pair);
  });
  /** What is drawn: the kinds that are on, and all of what is selected. */
  readonly shown: Link[] = $derived.by(() => {
    const selected = this.selectedLinks;
    return this.links.filter((link) => this.shows(link.state) || selected.includes(link));
  });

  /** @param usual how it is looked at unless the learner chose. */
  constructor(picture: () => Picture | null, usual: 'picture' | 'list') {
    this.#picture = picture;
    const stored = readStored('picture-as');
    this.as = stored === 'picture' || stored === 'list' ? stored : usual;
  }

  shows(state: FlowState): boolean {
    return this.#usual.includes(state) !== this.#toggled.has(state);
  }

  toggle(state: FlowState): void {
    if (!this.#toggled.delete(state)) this.#toggled.add(state);
  }

  lookAs(as: 'picture' | 'list'): void {
    this.as = as;
    writeStored('picture-as', as);
  }

  node(id: string): PictureNode | undefined {
    return this.#picture()?.nodes.find((node) => node.id === id);
  }

  /** @returns what a node is called: with its namespace, unless that is the main one. */
  nameOf(id: string, words: Words): string {
    const node = this.node(id);
    if (!node) return id;
    if (node.kind === 'internet') return words.map.internet;
    if (node.kind === 'metadata') return words.map.metadata;
    const main = this.#picture()?.namespaces.find((namespace) => namespace.main)?.name;
    return node.namespace === '' || node.namespace === main ? node.name : `${node.namespace}/${node.name}`;
  }
}

const legendOrder: readonly FlowState[] = ['required', 'missing', 'open', 'blocked', 'free'];

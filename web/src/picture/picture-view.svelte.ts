import { SvelteSet } from 'svelte/reactivity';
import type { FlowState, Picture, PictureNode } from '../../../server/contract/picture.ts';
import type { Words } from '../words/words.ts';
import { joins, linesOf, namespaceOfEnd, type Line } from './lines.ts';
import { defaultStates, linksOf, type Link } from './links.ts';
import { readStored, writeStored } from '../state/stored.ts';

export type Selection = { kind: 'line'; id: string } | { kind: 'node'; id: string };

/** How a learner looks at the picture: as a picture or a list, which kinds of flow, what is selected. */
export class PictureView {
  as = $state<'picture' | 'list'>('picture');
  selection = $state.raw<Selection | null>(null);
  /** The line under the pointer, or with the focus. */
  pointed = $state('');
  readonly #picture: () => Picture | null;
  readonly #toggled = new SvelteSet<FlowState>();
  readonly #namespaceOf = (id: string): string => this.node(id)?.namespace ?? '';
  readonly links: Link[] = $derived.by(() => linksOf(this.#picture()?.flows ?? []));
  /** Kinds that are there, in the legend's order, with the number of lines. */
  readonly kinds: { state: FlowState; count: number }[] = $derived(
    legendOrder.flatMap((state) => {
      const count = this.links.filter((link) => link.state === state).length;
      return count > 0 ? [{ state, count }] : [];
    }),
  );
  /** What the picture draws when all kinds are on: links, and bundles of them. */
  readonly lines: Line[] = $derived.by(() => linesOf(this.links, this.#namespaceOf));
  readonly #usual: readonly FlowState[] = $derived.by(() => defaultStates(this.links));
  readonly selectedLinks: Link[] = $derived.by(() => {
    const { selection } = this;
    if (!selection) return [];
    if (selection.kind === 'node')
      return this.links.filter(({ from, to }) => from === selection.id || to === selection.id);
    const line = this.lines.find(({ id }) => id === selection.id);
    const exact = line?.links ?? this.links.filter(({ id }) => id === selection.id);
    if (exact.length > 0) return exact;
    // The flows are of another kind now: what was explained stays explained.
    const [pair = ''] = selection.id.split(':');
    return this.links.filter((link) => joins(link, pair, this.#namespaceOf));
  });
  /** What is drawn: the kinds that are on, and all of what is selected. */
  readonly shown: Line[] = $derived.by(() => {
    const selected = this.selectedLinks;
    return this.lines.filter(({ state, links }) => this.shows(state) || links.some((link) => selected.includes(link)));
  });
  /** Links of a bundle that is pointed at or selected: drawn one by one. */
  readonly apart: Link[] = $derived.by(() => {
    const selected = this.selectedLinks;
    return this.shown
      .filter(({ links }) => links.length > 1)
      .flatMap(({ id, links }) => (id === this.pointed ? links : links.filter((link) => selected.includes(link))));
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

  /** @returns what a node is called: with its namespace, unless that is the main one; or the name of a namespace. */
  nameOf(id: string, words: Words): string {
    const namespace = namespaceOfEnd(id);
    if (namespace !== null) return namespace;
    const node = this.node(id);
    if (!node) return id;
    if (node.kind === 'internet') return words.map.internet;
    if (node.kind === 'metadata') return words.map.metadata;
    const main = this.#picture()?.namespaces.find((namespace) => namespace.main)?.name;
    return node.namespace === '' || node.namespace === main ? node.name : `${node.namespace}/${node.name}`;
  }
}

const legendOrder: readonly FlowState[] = ['required', 'missing', 'open', 'blocked', 'free'];

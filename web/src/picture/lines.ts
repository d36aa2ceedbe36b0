import type { FlowState } from '../../../server/contract/picture.ts';
import type { Link } from './links.ts';

/** What is drawn as one line: a link, or several of one kind between the same two namespaces or places. */
export interface Line {
  id: string;
  /** A node's id, or `endOfNamespace`. */
  from: string;
  to: string;
  state: FlowState;
  both: boolean;
  links: Link[];
}

type NamespaceOf = (node: string) => string;

const namespacePrefix = 'namespace ';

/** @returns the end of a line that stands for several nodes of a namespace. No node's id has a space. */
export function endOfNamespace(name: string): string {
  return `${namespacePrefix}${name}`;
}

/** @returns the namespace that a line's end stands for; null when it is a node. */
export function namespaceOfEnd(end: string): string | null {
  return end.startsWith(namespacePrefix) ? end.slice(namespacePrefix.length) : null;
}

/**
 * Bundles links so that an open cluster is not a ball of wool: what goes from one namespace to another, or to a place
 * outside, is one line with a count. Needed flows and those within a namespace are each a line of their own.
 * @param namespaceOf by node id; empty outside the cluster
 */
export function linesOf(links: readonly Link[], namespaceOf: NamespaceOf): Line[] {
  const lines: (() => Line)[] = [];
  const bundles = new Map<string, Bundle>();
  for (const link of links) {
    const ends = endsOf(link, namespaceOf);
    if (!ends || link.state === 'required' || link.state === 'missing') {
      lines.push(() => single(link));
      continue;
    }
    const back = bundles.get(`${ends.to}→${ends.from}:${link.state}`);
    const id = `${ends.from}→${ends.to}:${link.state}`;
    let bundle = back ?? bundles.get(id);
    if (!bundle) {
      const fresh = new Bundle(id, ends);
      bundle = fresh;
      bundles.set(id, fresh);
      lines.push(() => fresh.line(link.state));
    }
    bundle.add(link, bundle === back);
  }
  return lines.map((line) => line());
}

/** @returns whether a link joins this `from→to`, whatever its kind and direction: nodes, or where they are. */
export function joins(link: Link, pair: string, namespaceOf: NamespaceOf): boolean {
  return [link, endsOf(link, namespaceOf)].some(
    (ends) => ends && (pair === `${ends.from}→${ends.to}` || pair === `${ends.to}→${ends.from}`),
  );
}

interface Ends {
  from: string;
  to: string;
}

/** Namespaces that a link goes between; null within one. */
function endsOf({ from, to }: Link, namespaceOf: NamespaceOf): Ends | null {
  if (namespaceOf(from) === namespaceOf(to)) return null;
  // Places outside stay apart: the internet is another danger than the metadata address.
  const end = (node: string) => (namespaceOf(node) === '' ? node : endOfNamespace(namespaceOf(node)));
  return { from: end(from), to: end(to) };
}

function single(link: Link): Line {
  const { id, from, to, state, both } = link;
  return { id, from, to, state, both, links: [link] };
}

class Bundle {
  readonly #id: string;
  readonly #ends: Ends;
  readonly #links: Link[] = [];
  readonly #froms = new Set<string>();
  readonly #tos = new Set<string>();
  #both = false;

  constructor(id: string, ends: Ends) {
    this.#id = id;
    this.#ends = ends;
  }

  /** @param back against the bundle's direction */
  add(link: Link, back: boolean): void {
    this.#links.push(link);
    this.#froms.add(back ? link.to : link.from);
    this.#tos.add(back ? link.from : link.to);
    this.#both ||= back || link.both;
  }

  /** A bundle of one is that link; one that has a single node at an end begins or ends there. */
  line(state: FlowState): Line {
    const [first] = this.#links;
    if (first && this.#links.length === 1) return single(first);
    return {
      id: this.#id,
      from: only(this.#froms) ?? this.#ends.from,
      to: only(this.#tos) ?? this.#ends.to,
      state,
      both: this.#both,
      links: this.#links,
    };
  }
}

function only(nodes: ReadonlySet<string>): string | undefined {
  return nodes.size === 1 ? [...nodes][0] : undefined;
}

import type { V1Pod } from '@kubernetes/client-node';
import type { NodeNetworkState } from '../../../contract/network.ts';
import type { Log } from '../../../log.ts';
import type { Mirror, MirrorChange } from '../../mirror.ts';
import { isNodeReady } from '../../node-ready.ts';
import { nodeNetwork } from './names.ts';
import { NodeRules } from './node-rules.ts';
import { readWorld } from './read-world.ts';
import { rulesetOf } from './ruleset.ts';

/** Changes come in bursts: rules follow the last of one. */
const settleMs = 50;
/**
 * How long a node may be behind, no rules newer than the last ones coming into force, until that is told: at the start, when
 * an image is pulled, and later.
 */
const firstMs = 60_000;
const laterMs = 15_000;

const ofRules: ReadonlySet<string> = new Set(['Pod', 'Namespace', 'EndpointSlice', 'Service', 'Node']);

export interface RuleKeeperOptions {
  mirror: Pick<Mirror, 'get' | 'list' | 'onChange'>;
  /** Of Node alone. */
  nodes: Pick<Mirror, 'list' | 'onChange'>;
  /** Puts a ruleset in force on the node of a pod of ours. */
  put: (pod: string, ruleset: string, signal: AbortSignal) => Promise<void>;
  tell: (state: NodeNetworkState) => void;
  log: Log;
  /** Instead of `firstMs`, `laterMs`. */
  patience?: { firstMs: number; laterMs: number };
}

/** Keeps the newest rules in force on every node, through the pods that are there for it. */
export class RuleKeeper {
  readonly #options: RuleKeeperOptions;
  /** By the container that runs: one that is new may have none. */
  readonly #rules = new Map<string, NodeRules>();
  readonly #ignore: (() => void)[];
  #timer: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  /** Since when each node that lacks the newest rules has made no way towards them, in ms of `Date.now`. */
  readonly #behindSince = new Map<string, number>();
  #told: NodeNetworkState['state'] | undefined;

  constructor(options: RuleKeeperOptions) {
    this.#options = options;
    const changed = ({ kind }: MirrorChange) => {
      if (ofRules.has(kind)) this.#timer ??= setTimeout(() => this.#follow(), settleMs);
    };
    this.#ignore = [options.mirror, options.nodes].map((mirror) => mirror.onChange(changed));
    this.#follow();
  }

  /** Rules that are in force stay, as the attempts' pods do. */
  async stop(): Promise<void> {
    for (const ignore of this.#ignore) ignore();
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
    await Promise.all([...this.#rules.values()].map((rules) => rules.stop()));
  }

  #follow(): void {
    this.#timer = undefined;
    const { mirror, nodes, put, log } = this.#options;
    const ruleset = rulesetOf(readWorld(mirror, nodes));
    const running = new Map(mirror.list('Pod', nodeNetwork).flatMap((pod) => runningContainer(pod)));
    for (const [container, rules] of this.#rules) {
      if (running.has(container)) continue;
      void rules.stop();
      this.#rules.delete(container);
      // As it ended it took the node's rules away, those of its successor, too.
      for (const other of this.#rules.values()) if (other.node === rules.node) other.again();
    }
    for (const [container, { pod, node }] of running) {
      const rules =
        this.#rules.get(container) ??
        new NodeRules(
          node,
          (...what) => put(pod, ...what),
          () => this.#tried(node),
        );
      if (!this.#rules.has(container)) log.info({ node, pod }, 'the rules of a node are kept');
      this.#rules.set(container, rules);
      rules.want(ruleset);
    }
    this.#judge();
  }

  /** The nodes that lack the newest rules. */
  #without(): string[] {
    const upToDate = new Set([...this.#rules.values()].filter((rules) => rules.upToDate).map(({ node }) => node));
    return this.#options.nodes
      .list('Node')
      .filter(isNodeReady)
      .map(({ metadata }) => metadata?.name ?? '')
      .filter((node) => !upToDate.has(node));
  }

  #tried(node: string): void {
    const advanced = [...this.#rules.values()].some((rules) => rules.node === node && rules.failure === '');
    if (advanced) this.#behindSince.delete(node);
    this.#judge();
  }

  #judge(): void {
    const without = this.#without();
    for (const node of this.#behindSince.keys()) if (!without.includes(node)) this.#behindSince.delete(node);
    for (const node of without) if (!this.#behindSince.has(node)) this.#behindSince.set(node, Date.now());
    clearTimeout(this.#patience);
    if (without.length === 0) {
      if (this.#told !== 'held') this.#tell({ state: 'held', reason: '' });
      return;
    }
    if (this.#told === 'lacking') return;
    const patience = this.#options.patience ?? { firstMs, laterMs };
    const [[node, since] = ['', 0]] = [...this.#behindSince].toSorted(([, one], [, other]) => one - other);
    this.#patience = setTimeout(
      () => this.#tell({ state: 'lacking', reason: `${node}: ${this.#whyNot(node)}` }),
      since + (this.#told === undefined ? patience.firstMs : patience.laterMs) - Date.now(),
    );
  }

  #tell(state: NodeNetworkState): void {
    this.#told = state.state;
    this.#options.log.info(state, 'the nodes’ rules');
    this.#options.tell(state);
  }

  #whyNot(node: string): string {
    const failure = [...this.#rules.values()].find((rules) => rules.node === node)?.failure ?? '';
    if (failure !== '') return failure;
    const pod = this.#options.mirror.list('Pod', nodeNetwork).find(({ spec }) => spec?.nodeName === node);
    if (!pod) return 'it has no pod';
    if (runningContainer(pod).length > 0) return 'its newest rules are not in force yet';
    const { reason, message } = pod.status?.containerStatuses?.[0]?.state?.waiting ?? {};
    return [reason, message].filter((part) => part !== undefined).join(': ') || 'its pod does not run';
  }
}

function runningContainer({ metadata, spec, status }: V1Pod): [string, { pod: string; node: string }][] {
  const container = status?.containerStatuses?.[0];
  if (metadata?.deletionTimestamp || !container?.state?.running) return [];
  return [[container.containerID ?? '', { pod: metadata?.name ?? '', node: spec?.nodeName ?? '' }]];
}

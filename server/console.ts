import type { Cluster } from './cluster/cluster.ts';
import type { ClusterStatus } from './contract/cluster-status.ts';
import type { Progress } from './contract/progress.ts';

/** Standard output, as a terminal or as a file. */
export interface ConsoleOutput {
  write(text: string): unknown;
  isTTY?: boolean;
  /** The width of a terminal. */
  columns?: number;
}

/** Where it is not a terminal: a step that goes on is told again after this long at the latest. */
const silenceMs = 10_000;
/** How long a line has to be read until the next one of the same step. */
const hasteMs = 1000;

/**
 * What is said on the console. On a terminal the step under way is one line that moves each second; elsewhere it is a line at
 * its beginning, every 5 % and every 10 s.
 */
export class Console {
  readonly #output: ConsoleOutput;
  #progress: Progress | null = null;
  #phase: ClusterStatus['phase'] = 'preparing';
  #notice = '';
  #network = '';
  #nodeNetwork = '';
  /** Whether the last line is one that moves, and has no end yet. */
  #open = false;
  #twentieths = 0;
  #saidAt = 0;

  constructor(output: ConsoleOutput) {
    this.#output = output;
  }

  say(line: string): void {
    this.#close();
    this.#output.write(`${line}\n`);
  }

  /** Says how the cluster comes up, and when a part of it is down. @returns what ends that. */
  watch(cluster: Pick<Cluster, 'onStatus'>): () => void {
    const forget = cluster.onStatus((status) => this.#changed(status));
    const timer = setInterval(() => this.#passTime(), 1000);
    timer.unref();
    return () => {
      forget();
      clearInterval(timer);
      this.#close();
    };
  }

  #changed(status: ClusterStatus): void {
    const notice = noticeOf(status, this.#phase);
    if (notice !== '' && notice !== this.#notice) this.say(notice);
    this.#notice = notice;
    const network = networkNotice(status);
    if (network !== '' && network !== this.#network) this.say(network);
    this.#network = network;
    const nodeNetwork = nodeNetworkNotice(status);
    if (nodeNetwork !== '' && nodeNetwork !== this.#nodeNetwork) this.say(nodeNetwork);
    this.#nodeNetwork = nodeNetwork;
    this.#phase = status.phase;
    const { progress } = status;
    const newStep = progress?.startedAt !== this.#progress?.startedAt || progress?.step !== this.#progress?.step;
    if (newStep) this.#close();
    this.#progress = progress;
    if (!progress) return;
    const twentieths = Math.floor((progress.fraction ?? 0) * 20);
    const further = twentieths > this.#twentieths && Date.now() - this.#saidAt >= hasteMs;
    if (!newStep && !further) return;
    this.#twentieths = twentieths;
    this.#tell(progress);
  }

  #passTime(): void {
    if (this.#progress && (this.#output.isTTY || Date.now() - this.#saidAt >= silenceMs)) this.#tell(this.#progress);
  }

  #tell(progress: Progress): void {
    this.#saidAt = Date.now();
    const line = describe(progress, Date.now());
    if (!this.#output.isTTY) {
      this.#output.write(`${line}\n`);
      return;
    }
    // A line that the terminal would break can't be written over.
    this.#output.write(`\r${line.slice(0, (this.#output.columns ?? 80) - 1)}\x1b[K`);
    this.#open = true;
  }

  #close(): void {
    if (this.#open) this.#output.write('\n');
    this.#open = false;
  }
}

function noticeOf({ phase, problem, components }: ClusterStatus, before: ClusterStatus['phase']): string {
  if (problem) return `Problem: ${problem.message.en}`;
  if (phase === 'degraded') {
    const down = components.filter(({ state }) => state !== 'running').map(({ name }) => name);
    return `Restarting: ${down.join(', ')}`;
  }
  return phase === 'ready' && before === 'degraded' ? 'Running again.' : '';
}

/** What was measured of the cluster's network. */
function networkNotice({ network }: ClusterStatus): string {
  switch (network?.policies) {
    case undefined:
      return '';
    case 'enforced':
      return 'Measured: the cluster’s network enforces NetworkPolicy. Traffic is judged with real packets, too.';
    case 'ignored':
      return 'Measured: the cluster’s network does not enforce NetworkPolicy. Traffic is judged by the policies alone.';
    case 'unknown':
      return `Whether the cluster’s network enforces NetworkPolicy could not be measured (${network.reason}). Traffic is judged by the policies alone.`;
  }
}

/** Whether nodes keep lab pods from what no lab is about. */
function nodeNetworkNotice({ nodeNetwork }: ClusterStatus): string {
  switch (nodeNetwork?.state) {
    case undefined:
      return '';
    case 'held':
      return 'Labs’ pods are fenced off: no way to other attempts, nodes or metadata.';
    case 'off':
      return 'Labs’ pods are not fenced off (--node-network off): they can reach other attempts, nodes and metadata.';
    case 'lacking':
      return `Labs’ pods are not fenced off (${nodeNetwork.reason}): they can reach other attempts, nodes and metadata.`;
  }
}

/** `Building Kubernetes v1.37.2… 45 %, 812 of 1804 packages, 2 min 40 s` */
function describe(progress: Progress, now: number): string {
  const { title, fraction, startedAt } = progress;
  const parts = [
    fraction === null ? '' : `${Math.floor(fraction * 100)} %`,
    count(progress),
    elapsed(Math.floor((now - Date.parse(startedAt)) / 1000)),
  ].filter((part) => part !== '');
  return `${title.en}…${parts.length > 0 ? ` ${parts.join(', ')}` : ''}`;
}

function count({ done, total, unit }: Progress): string {
  if (done === undefined || unit === undefined) return '';
  const bytes = unit === 'bytes';
  const number = (value: number) => (bytes ? (value / 1e6).toFixed(1) : String(value));
  return `${number(done)}${total === undefined ? '' : ` of ${number(total)}`} ${bytes ? 'MB' : unit}`;
}

function elapsed(seconds: number): string {
  if (seconds < 1) return '';
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

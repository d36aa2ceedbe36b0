import { setTimeout as sleep } from 'node:timers/promises';
import { HaechiError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { Kube } from '../../kube.ts';
import { ownIdentity, wordsOfIdentity } from './identity.ts';
import { leaseName, readLease, writeLease, type Lease, type LeaseSpec } from './lease.ts';
import { heldBy, leaseSeconds, look, released, standingOf, type Sighting } from './standing.ts';

/** A holder that lives is noticed by its next renewal. */
const renewEveryMs = 3000;
const lookEveryMs = 500;
const answerWithinMs = 2500;
const releaseWithinMs = 1500;

export interface HoldOptions {
  log: Log;
  signal: AbortSignal;
  /** Called once, with `cluster-taken-over`, when another platform has the cluster now. */
  onLost: (error: HaechiError) => void;
  /** Called once when somebody has it who may live or not: it takes some seconds to tell. */
  onWaiting?: (holder: string) => void;
  /** Who holds it; this process if not given. */
  identity?: string;
  /** Of the Lease; the platform's if not given. */
  name?: string;
}

/** A cluster that is this platform's alone, by a Lease in it: two would rewrite each other's admission policies. */
export class ClusterHold {
  readonly #kube: Pick<Kube, 'request'>;
  readonly #log: Log;
  readonly #identity: string;
  readonly #name: string;
  readonly #stop = new AbortController();
  readonly #onLost: HoldOptions['onLost'];
  readonly #renewing: Promise<void>;
  #lease: Lease;

  private constructor(
    kube: Pick<Kube, 'request'>,
    lease: Lease,
    { log, onLost, identity, name }: Pick<HoldOptions, 'log' | 'onLost'> & { identity: string; name: string },
  ) {
    this.#kube = kube;
    this.#lease = lease;
    this.#log = log;
    this.#onLost = onLost;
    this.#identity = identity;
    this.#name = name;
    this.#renewing = this.#renew();
  }

  /**
   * Takes the cluster and keeps it until `release`. One that another has let go of is had at once, one whose holder was killed
   * as soon as its lease has expired.
   * @throws HaechiError `cluster-in-use` when another platform has it; KubeError or a network error; the signal's reason
   */
  static async take(kube: Pick<Kube, 'request'>, options: HoldOptions): Promise<ClusterHold> {
    const { identity = ownIdentity(), name = leaseName, signal } = options;
    let seen: Sighting | null = null;
    let waiting = false;
    for (;;) {
      const lease = await readLease(kube, name, signal);
      const spec = lease.spec ?? {};
      seen = look(seen, spec, performance.now());
      const standing = standingOf(spec, identity, seen, performance.now());
      if (standing === 'alive') throw new HaechiError('cluster-in-use', { ...holderOf(spec), seconds: leaseSeconds });
      if (standing !== 'unclear') {
        const taken = await writeLease(kube, name, lease, heldBy(identity, spec, new Date()), signal);
        if (taken) return new ClusterHold(kube, taken, { ...options, identity, name });
        continue;
      }
      if (!waiting) options.onWaiting?.(wordsOfIdentity(spec.holderIdentity ?? ''));
      waiting = true;
      await sleep(lookEveryMs, undefined, { signal });
    }
  }

  /** Lets the next one have it. Never rejects: a lease that can't be given back expires. */
  async release(): Promise<void> {
    this.#stop.abort();
    await this.#renewing;
    const signal = AbortSignal.timeout(releaseWithinMs);
    try {
      for (;;) {
        const lease = await readLease(this.#kube, this.#name, signal);
        if (lease.spec?.holderIdentity !== this.#identity) return;
        if (await writeLease(this.#kube, this.#name, lease, released(new Date()), signal)) return;
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease of the cluster could not be given back; it expires');
    }
  }

  /** Goes on while the API server is out of reach: nobody else can take the cluster then, or it is seen afterwards. */
  async #renew(): Promise<void> {
    let failing = false;
    while (!this.#isStopped()) {
      try {
        await sleep(renewEveryMs, undefined, { signal: this.#stop.signal });
        await this.#renewOnce(AbortSignal.any([this.#stop.signal, AbortSignal.timeout(answerWithinMs)]));
        failing = false;
      } catch (error) {
        if (this.#isStopped()) return;
        if (!failing)
          this.#log.warn({ err: error }, 'the lease of the cluster could not be renewed; tried again until it is');
        failing = true;
      }
    }
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #renewOnce(signal: AbortSignal): Promise<void> {
    const renewed = await this.#write(this.#lease, signal);
    if (renewed) {
      this.#lease = renewed;
      return;
    }
    // Somebody wrote it: an earlier renewal of ours whose answer was lost, an administrator, or the next holder.
    const lease = await readLease(this.#kube, this.#name, signal);
    const spec = lease.spec ?? {};
    if (spec.holderIdentity && spec.holderIdentity !== this.#identity) {
      this.#stop.abort();
      this.#onLost(new HaechiError('cluster-taken-over', holderOf(spec)));
      return;
    }
    this.#lease = (await this.#write(lease, signal)) ?? lease;
  }

  #write(lease: Lease, signal: AbortSignal): Promise<Lease | null> {
    return writeLease(this.#kube, this.#name, lease, heldBy(this.#identity, lease.spec ?? {}, new Date()), signal);
  }
}

function holderOf({ holderIdentity, acquireTime }: LeaseSpec): { holder: string; since: string } {
  return { holder: wordsOfIdentity(holderIdentity ?? ''), since: acquireTime?.replace(/\.\d+Z$/, 'Z') ?? '?' };
}

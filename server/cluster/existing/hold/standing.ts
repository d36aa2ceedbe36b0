import type { LeaseSpec } from './lease.ts';

/** For how long a lease holds that isn't renewed. A platform that was killed keeps the next one waiting for this long. */
export const leaseSeconds = 12;

/** What was seen of a lease until now, by the clock of who looks: those of two machines need not agree. */
export interface Sighting {
  /** Holder and time of renewal. */
  record: string;
  /** When this record was seen first, in milliseconds. */
  since: number;
  /** Whether it has changed while we looked: whoever wrote it lives. */
  changed: boolean;
}

/** `free`: nobody has it. `mine`. `alive`: another has it. `expired`: another had it. `unclear`: it takes more looking. */
export type Standing = 'free' | 'mine' | 'alive' | 'expired' | 'unclear';

/** What is known of a lease after one more look at it. @param now milliseconds of a clock that only goes forward. */
export function look(before: Sighting | null, spec: LeaseSpec, now: number): Sighting {
  const record = `${spec.holderIdentity ?? ''} ${spec.renewTime ?? ''}`;
  if (before?.record === record) return before;
  return { record, since: now, changed: before !== null };
}

/** How somebody stands to a lease, from what it says and what was seen of it. */
export function standingOf(spec: LeaseSpec, identity: string, { since, changed }: Sighting, now: number): Standing {
  if (!spec.holderIdentity) return 'free';
  if (spec.holderIdentity === identity) return 'mine';
  if (now - since >= (spec.leaseDurationSeconds ?? leaseSeconds) * 1000) return 'expired';
  return changed ? 'alive' : 'unclear';
}

/** The lease as its new holder writes it, or as its holder renews it. */
export function heldBy(identity: string, before: LeaseSpec, now: Date): LeaseSpec {
  const time = microTime(now);
  const renewed = before.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: leaseSeconds,
    acquireTime: renewed ? (before.acquireTime ?? time) : time,
    renewTime: time,
    leaseTransitions: (before.leaseTransitions ?? 0) + (renewed ? 0 : 1),
  };
}

/** The lease as its holder leaves it. */
export function released(now: Date): LeaseSpec {
  return { holderIdentity: null, acquireTime: null, renewTime: microTime(now) };
}

/** Kubernetes' MicroTime has six digits after the point, no more and no fewer. */
function microTime(now: Date): string {
  return now.toISOString().replace('Z', '000Z');
}

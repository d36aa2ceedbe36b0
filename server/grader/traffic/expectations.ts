import type { FlowRule, TrafficSpec } from '../../content/check-schema.ts';
import type { FlowProtocol } from '../network/flow.ts';
import { internetSamples, isPublic, isWithin, metadataAddress } from './addresses.ts';
import type { Place } from './places.ts';

/** `may`: the lab lets it pass and doesn't ask for it. */
export type Expectation = 'must' | 'must-not' | 'may' | 'unjudged';

/** What a lab expects of the flows from one place to another. */
export interface PairRules {
  allow: readonly { rule: FlowRule; needed: boolean }[];
  deny: readonly FlowRule[];
  /** What no rule speaks of must not pass. */
  closed: boolean;
}

/** @returns null when the lab expects nothing of this pair. */
export function rulesBetween(spec: TrafficSpec, from: Place, to: Place): PairRules | null {
  const touches = (rule: FlowRule) => covers(rule.from, from) && covers(rule.to, to);
  const allow = spec.allow.filter(touches).map((rule) => ({
    rule,
    needed: isNeeded(rule.from, from) && isNeeded(rule.to, to) && !(from === to && isWildcard(rule)),
  }));
  const deny = spec.deny.filter(touches);
  const closed = spec.others === 'deny' && inClosedWorld(from, to);
  return closed || allow.length > 0 || deny.length > 0 ? { allow, deny, closed } : null;
}

/** What `deny` lists wins over what `allow` does, so that a range can have an exception. */
export function expectationOf(rules: PairRules, port: number, protocol: FlowProtocol): Expectation {
  if (rules.deny.some((rule) => opens(rule, port, protocol))) return 'must-not';
  const allow = rules.allow.filter(({ rule }) => opens(rule, port, protocol));
  if (allow.some(({ needed }) => needed)) return 'must';
  if (allow.length > 0) return 'may';
  return rules.closed ? 'must-not' : 'unjudged';
}

function opens(rule: FlowRule, port: number, protocol: FlowProtocol): boolean {
  return rule.to === 'dns'
    ? port === 53 && (protocol === 'UDP' || protocol === 'TCP')
    : rule.port === port && rule.protocol === protocol;
}

function covers(endpoint: string, place: Place): boolean {
  const [end] = place.ends;
  if (end?.kind === 'address') {
    if (endpoint === 'internet') return isPublic(end.ip);
    if (endpoint === 'metadata') return end.ip === metadataAddress;
    return /^\d/.test(endpoint) && isWithin(end.ip, endpoint);
  }
  if (place.id === '') return false;
  return endpoint === place.id || (endpoint.endsWith('/*') && place.id.startsWith(endpoint.slice(0, -1)));
}

/**
 * `namespace/*` asks for what the scenario made: a learner's own pods may have these flows and needn't, and neither need
 * replicas among themselves. `internet` asks for an arbitrary public address, not for each.
 */
function isNeeded(endpoint: string, place: Place): boolean {
  const [end] = place.ends;
  if (endpoint === 'internet') return end?.kind === 'address' && internetSamples.includes(end.ip);
  return !(endpoint.endsWith('/*') && place.learner);
}

function isWildcard({ from, to }: FlowRule): boolean {
  return from.endsWith('/*') || to.endsWith('/*');
}

/**
 * Pairs that `others: deny` closes: between each workload and everything else but cluster DNS, and between a stranger in
 * the attempt's namespaces, strangers in the other ones, and the outside. Within one workload, it is replica to replica.
 */
function inClosedWorld(from: Place, to: Place): boolean {
  const roles = [from.role, to.role];
  if (roles.includes('dns')) return false;
  if (roles.includes('workload')) return true;
  return roles.includes('stranger') && !roles.includes('look-alike');
}

import type { FlowState, PictureFlow } from '../../contract/picture.ts';
import type { TrafficSpec } from '../../content/check-schema.ts';
import { judgeFlow, type FlowVerdict } from '../network/engine.ts';
import { explain, nameOfEnd } from '../network/explain.ts';
import { expectationOf, rulesBetween } from '../traffic/expectations.ts';
import type { Facts } from '../traffic/facts.ts';
import type { Place } from '../traffic/places.ts';
import type { DeclaredPort } from '../traffic/ports.ts';

/**
 * The flows worth drawing: between workloads on the ports that the destination declares, out to the internet, the
 * metadata address and what labs name, and in from there where a lab speaks of it. A flow that no lab minds is drawn
 * only while it passes.
 */
export function drawFlows(facts: Facts, specs: readonly TrafficSpec[], places: readonly Place[]): PictureFlow[] {
  return places.flatMap((from) =>
    places.flatMap((to) => {
      if (from === to || (from.role === 'address' && !specs.some((spec) => spokenOf(spec, from, to)))) return [];
      return portsTo(specs, from, to).flatMap((port) => drawFlow(facts, specs, from, to, port) ?? []);
    }),
  );
}

function drawFlow(
  { state: network }: Facts,
  specs: readonly TrafficSpec[],
  from: Place,
  to: Place,
  { port, protocol }: DeclaredPort,
): PictureFlow | null {
  if (protocol === 'ICMP') return null;
  const expectations = specs.flatMap((spec) => {
    const rules = rulesBetween(spec, from, to);
    return rules ? [expectationOf(rules, port, protocol)] : [];
  });
  const verdicts = from.ends.flatMap((source) =>
    to.ends.map((target) => judgeFlow(network, { from: source, to: target, port, protocol })),
  );
  const must = expectations.includes('must');
  const mustNot = !must && expectations.includes('must-not');
  // Pods of one workload that disagree: the one that is not as it should be speaks for all.
  const telling = verdicts.find(({ allowed }) => allowed !== must) ?? verdicts[0];
  const state = telling ? stateOf(telling, must, mustNot) : null;
  if (!telling || !state) return null;
  const why = explain(telling, (end) =>
    end === telling.flow.from ? from.name : end === telling.flow.to ? to.name : nameOfEnd(end),
  ).map(({ text, where }) => ({ text, where }));
  return { id: `${from.id}→${to.id}:${port}/${protocol}`, from: from.id, to: to.id, port, protocol, state, why };
}

function stateOf({ allowed }: FlowVerdict, must: boolean, mustNot: boolean): FlowState | null {
  if (must) return allowed ? 'required' : 'missing';
  if (mustNot) return allowed ? 'open' : 'blocked';
  return allowed ? 'free' : null;
}

/** What the destination declares, and what labs say of this very pair. */
function portsTo(specs: readonly TrafficSpec[], from: Place, to: Place): DeclaredPort[] {
  const ofSpecs = specs.flatMap((spec) => {
    const rules = rulesBetween(spec, from, to);
    return [...(rules?.allow.map(({ rule }) => rule) ?? []), ...(rules?.deny ?? [])].flatMap(({ port, protocol }) =>
      port === undefined ? [] : [{ port, protocol }],
    );
  });
  const declared = to.role === 'address' && ofSpecs.length > 0 ? [] : to.ports;
  return [...new Map([...declared, ...ofSpecs].map((port) => [`${port.port}/${port.protocol}`, port])).values()];
}

function spokenOf(spec: TrafficSpec, from: Place, to: Place): boolean {
  const rules = rulesBetween(spec, from, to);
  return rules !== null && (rules.allow.length > 0 || rules.deny.length > 0);
}

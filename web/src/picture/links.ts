import type { FlowState, PictureFlow } from '../../../server/contract/picture.ts';

/** All flows of one kind between two nodes; `both` when it goes either way. */
export interface Link {
  id: string;
  from: string;
  to: string;
  state: FlowState;
  both: boolean;
  flows: PictureFlow[];
}

/** What matters most is drawn last, over all else. */
export const stateOrder: readonly FlowState[] = ['free', 'blocked', 'required', 'missing', 'open'];

/**
 * Puts flows together so that the picture stays readable: by pair and kind, and for what is not a needed flow also
 * both directions. A needed flow always shows which way it goes.
 */
export function linksOf(flows: readonly PictureFlow[]): Link[] {
  const links = new Map<string, Link>();
  for (const flow of flows) {
    if (flow.from === flow.to) continue;
    const oneWay = flow.state === 'required' || flow.state === 'missing';
    const back = links.get(`${flow.to}→${flow.from}:${flow.state}`);
    const id = `${flow.from}→${flow.to}:${flow.state}`;
    const link = links.get(id);
    if (link) link.flows.push(flow);
    else if (back && !oneWay) {
      back.both = true;
      back.flows.push(flow);
    } else links.set(id, { id, from: flow.from, to: flow.to, state: flow.state, both: false, flows: [flow] });
  }
  return [...links.values()].sort((a, b) => stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state));
}

/** More of these that say that all is well would hide those that don't. */
const fewBlocked = 4;

/**
 * The kinds that a picture shows unless the learner says otherwise: what is blocked as it should be only while it is
 * little or nothing is wrong, `free` flows only where there are no others.
 */
export function defaultStates(links: readonly Pick<Link, 'state'>[]): readonly FlowState[] {
  if (links.every(({ state }) => state === 'free')) return ['free'];
  const blocked = links.filter(({ state }) => state === 'blocked').length;
  const wrong = links.some(({ state }) => state === 'open' || state === 'missing');
  return wrong && blocked > fewBlocked ? ['required', 'missing', 'open'] : ['required', 'missing', 'open', 'blocked'];
}

/** `:5432`, `:53/UDP`, and for several `:80 :443`. */
export function portsOf({ flows }: Link): string {
  const ports = flows.map(({ port, protocol }) => (protocol === 'TCP' ? `:${port}` : `:${port}/${protocol}`));
  return [...new Set(ports)].join(' ');
}

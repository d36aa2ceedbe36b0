import {
  directionAt,
  isInside,
  lengthOf,
  middleOf,
  partOf,
  pointAt,
  type Curve,
  type Point,
  type Rect,
} from './geometry.ts';
import type { Line } from './lines.ts';

export interface Route {
  curve: Curve;
  middle: Point;
  /** Pixels. */
  length: number;
  /** Radians, at the start and the end. */
  turn: { start: number; end: number };
}

const gap = 5;
const steps = 24;
const nearness = 11;
/** How far a line may bend, as a part of its length; straight is best. */
const bends = [0, 0.14, -0.14, 0.26, -0.26, 0.4, -0.4, 0.56, -0.56, 0.74, -0.74];

export interface Ground {
  /** Rectangles by node id: lines go around them. */
  nodes: ReadonlyMap<string, Rect>;
  /** Of groups, by the line's end that stands for one: lines go through them. */
  groups?: ReadonlyMap<string, Rect>;
  /** What should be kept free, but need not be. */
  labels?: readonly Rect[];
}

type Routed = Pick<Line, 'id' | 'from' | 'to' | 'state'>;

/**
 * Finds a route for each line that goes around other nodes and keeps off lines that are there already.
 * @param layers the lines of a later one never move those of an earlier one
 * @returns by line id; lines whose ends have no place are left out.
 */
export function routeLines(layers: readonly (readonly Routed[])[], ground: Ground): Map<string, Route> {
  const { nodes, groups = new Map<string, Rect>(), labels = [] } = ground;
  const routes = new Map<string, Route>();
  const taken: Point[] = [];
  // Needed flows choose first: they are the picture's backbone and stay where they are.
  const rank = ({ state }: Routed) => (state === 'required' || state === 'missing' ? 0 : state === 'open' ? 1 : 2);
  for (const line of layers.flatMap((layer) => [...layer].sort((a, b) => rank(a) - rank(b)))) {
    const [from, to] = [line.from, line.to].map((end) => nodes.get(end) ?? groups.get(end));
    if (!from || !to) continue;
    const others = [...nodes].filter(([id]) => id !== line.from && id !== line.to).map(([, rect]) => rect);
    const best = bends
      .map((bend) => between(from, to, bend))
      .filter((curve) => curve !== null)
      .map((curve) => ({ curve, cost: costOf(curve, others, labels, taken) }))
      .reduce<{ curve: Curve; cost: number } | null>((a, b) => (a && a.cost <= b.cost ? a : b), null);
    if (!best) continue;
    const { curve } = best;
    for (let step = 2; step <= steps - 2; step += 2) taken.push(pointAt(curve, step / steps));
    routes.set(line.id, {
      curve,
      middle: pointAt(curve, 0.5),
      length: lengthOf(curve),
      turn: { start: directionAt(curve, 0), end: directionAt(curve, 1) },
    });
  }
  return routes;
}

/** From one node's border to another's; null when they are so near that nothing is left between them. */
function between(from: Rect, to: Rect, bend: number): Curve | null {
  const [a, c] = [middleOf(from), middleOf(to)];
  const [dx, dy] = [c.x - a.x, c.y - a.y];
  const whole: Curve = [a, { x: a.x + dx / 2 + dy * bend, y: a.y + dy / 2 - dx * bend }, c];
  const fine = 200;
  let [first, last] = [0, fine];
  while (first < fine && isInside(pointAt(whole, first / fine), from, gap)) first++;
  while (last > 0 && isInside(pointAt(whole, last / fine), to, gap)) last--;
  return last - first < 4 ? null : partOf(whole, first / fine, last / fine);
}

function costOf(curve: Curve, nodes: readonly Rect[], labels: readonly Rect[], taken: readonly Point[]): number {
  const [a, b, c] = curve;
  const bend = Math.hypot(b.x - (a.x + c.x) / 2, b.y - (a.y + c.y) / 2);
  let cost = bend * 0.03;
  for (let step = 0; step <= steps; step++) {
    const point = pointAt(curve, step / steps);
    if (nodes.some((rect) => isInside(point, rect, 7))) cost += 12;
    if (labels.some((rect) => isInside(point, rect, 2))) cost += 1.5;
    if (step > 1 && step < steps - 1 && taken.some(({ x, y }) => Math.hypot(point.x - x, point.y - y) < nearness))
      cost += 1.6;
  }
  return cost;
}

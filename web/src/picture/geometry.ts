export interface Point {
  x: number;
  y: number;
}

export interface Rect extends Point {
  width: number;
  height: number;
}

/** A quadratic Bézier curve. */
export type Curve = readonly [Point, Point, Point];

export function middleOf({ x, y, width, height }: Rect): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

export function isInside({ x, y }: Point, rect: Rect, margin = 0): boolean {
  return (
    x > rect.x - margin && x < rect.x + rect.width + margin && y > rect.y - margin && y < rect.y + rect.height + margin
  );
}

export function pointAt([a, b, c]: Curve, t: number): Point {
  const s = 1 - t;
  return {
    x: s * s * a.x + 2 * s * t * b.x + t * t * c.x,
    y: s * s * a.y + 2 * s * t * b.y + t * t * c.y,
  };
}

/** Which way the curve goes at `t`, in radians. */
export function directionAt([a, b, c]: Curve, t: number): number {
  const s = 1 - t;
  return Math.atan2(s * (b.y - a.y) + t * (c.y - b.y), s * (b.x - a.x) + t * (c.x - b.x));
}

/** The part of a curve from `from` to `to`, by de Casteljau. */
export function partOf(curve: Curve, from: number, to: number): Curve {
  const [a, b, c] = curve;
  const mix = (p: Point, q: Point, t: number): Point => ({ x: p.x + (q.x - p.x) * t, y: p.y + (q.y - p.y) * t });
  return [
    pointAt(curve, from),
    // The control point of a part is the blossom of its ends.
    mix(mix(a, b, from), mix(b, c, from), to),
    pointAt(curve, to),
  ];
}

/** Near enough for drawing: the length of a line of 16 pieces. */
export function lengthOf(curve: Curve): number {
  const pieces = 16;
  let length = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const [a, b] = [pointAt(curve, piece / pieces), pointAt(curve, (piece + 1) / pieces)];
    length += Math.hypot(b.x - a.x, b.y - a.y);
  }
  return length;
}

/** Near enough for looking at: the rectangle around five points of a curve. */
export function extentOf(curve: Curve): Rect {
  const points = [0, 0.25, 0.5, 0.75, 1].map((t) => pointAt(curve, t));
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export function pathOf([a, b, c]: Curve): string {
  const at = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return `M${at(a)}Q${at(b)} ${at(c)}`;
}

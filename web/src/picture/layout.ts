import { Graph, layout as runDagre } from '@dagrejs/dagre';
import type { Picture, PictureNode } from '../../../server/contract/picture.ts';
import type { Rect } from './geometry.ts';
import { nodeSize } from './node-size.ts';

export interface PlacedNode {
  node: PictureNode;
  rect: Rect;
}

/** A namespace, or what is outside the cluster (`name` is empty then). */
export interface PlacedGroup {
  name: string;
  rect: Rect;
}

export interface PlacedPicture {
  nodes: PlacedNode[];
  groups: PlacedGroup[];
}

const between = { nodes: 26, ranks: 50, columns: 46, groups: 24 };
const inside = { left: 16, right: 16, top: 44, bottom: 20 };
/** A small namespace says its level and policies on a second line. */
const secondLine = 16;

interface Box extends PlacedGroup {
  nodes: PlacedNode[];
}

/**
 * Places a picture: the main namespace in the middle, on its left those who come in, on its right where it goes out
 * to, and the outside last. Only what the lab needs decides the places, so that nothing moves while policies change.
 */
export function placePicture(picture: Pick<Picture, 'namespaces' | 'nodes' | 'flows'>): PlacedPicture {
  const needed = picture.flows.filter(({ state }) => state === 'required' || state === 'missing');
  const names = [...new Set([...picture.namespaces.map(({ name }) => name), ...picture.nodes.map(groupOf)])];
  const boxes = names.map((name) =>
    box(
      name,
      picture.nodes.filter((node) => groupOf(node) === name),
      needed,
    ),
  );
  const main = picture.namespaces.find((namespace) => namespace.main)?.name ?? names[0];
  const center = boxes.find(({ name }) => name === main);
  if (!center) return { nodes: [], groups: [] };
  const groupById = new Map(picture.nodes.map((node) => [node.id, groupOf(node)]));
  const left: Box[] = [];
  const right: Box[] = [];
  for (const each of boxes) {
    if (each === center) continue;
    const out = needed.some((flow) => groupById.get(flow.from) === each.name && groupById.get(flow.to) !== each.name);
    const into = needed.some((flow) => groupById.get(flow.to) === each.name && groupById.get(flow.from) !== each.name);
    // Who is in no needed flow goes where there is more room; the outside is always on the right.
    const goesRight = each.name === '' || (!out && (into || height(right) < height(left)));
    (goesRight ? right : left).push(each);
  }
  right.sort((a, b) => Number(a.name === '') - Number(b.name === ''));
  const leftWidth = Math.max(0, ...left.map(({ rect }) => rect.width));
  move(center, left.length > 0 ? leftWidth + between.columns : 0, 0);
  const wanted = (each: Box) => wantedTop(each, center, needed);
  const middle = center.rect.y + center.rect.height / 2;
  stack(left, { wanted, middle, left: (each) => leftWidth - each.rect.width });
  stack(right, { wanted, middle, left: () => center.rect.x + center.rect.width + between.columns });
  const all = [...left, center, ...right];
  return { nodes: all.flatMap(({ nodes }) => nodes), groups: all.map(({ name, rect }) => ({ name, rect })) };
}

function groupOf({ kind, namespace }: PictureNode): string {
  return kind === 'workload' ? namespace : '';
}

/** One group at the origin: what is in needed flows from left to right, the rest in rows below. */
function box(name: string, nodes: readonly PictureNode[], needed: readonly { from: string; to: string }[]): Box {
  const ids = new Set(nodes.map(({ id }) => id));
  const edges = needed.filter(({ from, to }) => from !== to && ids.has(from) && ids.has(to));
  const linked = name === '' ? [] : nodes.filter(({ id }) => edges.some(({ from, to }) => from === id || to === id));
  const loose = nodes.filter((node) => !linked.includes(node));
  const placed = ranked(linked, edges);
  const { width, bottom } = extent(placed);
  const columns = name === '' ? 1 : Math.max(1, Math.ceil(Math.sqrt(loose.length * 1.5)));
  const rows = grid(loose, Math.max(columns, linked.length > 0 ? 3 : 0));
  const rowsExtent = extent(rows);
  const innerWidth = Math.max(width, rowsExtent.width, labelWidth(name));
  const top = inside.top + (name !== '' && innerWidth < wide ? secondLine : 0);
  for (const { rect } of placed) {
    rect.x += inside.left + (innerWidth - width) / 2;
    rect.y += top;
  }
  const below = top + (linked.length > 0 && loose.length > 0 ? bottom + between.nodes * 1.7 : bottom);
  for (const { rect } of rows) {
    rect.x += inside.left + (innerWidth - rowsExtent.width) / 2;
    rect.y += below;
  }
  return {
    name,
    nodes: [...placed, ...rows],
    rect: {
      x: 0,
      y: 0,
      width: innerWidth + inside.left + inside.right,
      height: Math.max(below + rowsExtent.bottom, top + 20) + inside.bottom,
    },
  };
}

function ranked(nodes: readonly PictureNode[], edges: readonly { from: string; to: string }[]): PlacedNode[] {
  if (nodes.length === 0) return [];
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: between.nodes, ranksep: between.ranks });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, { ...nodeSize(node) });
  for (const { from, to } of edges) graph.setEdge(from, to);
  runDagre(graph);
  const placed = nodes.map((node) => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(node.id) as Partial<Rect>;
    return { node, rect: { x: x - width / 2, y: y - height / 2, width, height } };
  });
  const left = Math.min(...placed.map(({ rect }) => rect.x));
  const top = Math.min(...placed.map(({ rect }) => rect.y));
  for (const { rect } of placed) {
    rect.x -= left;
    rect.y -= top;
  }
  return placed;
}

function grid(nodes: readonly PictureNode[], columns: number): PlacedNode[] {
  const sizes = nodes.map(nodeSize);
  const width = Math.max(0, ...sizes.map((size) => size.width));
  return nodes.map((node, index) => ({
    node,
    rect: {
      x: (index % columns) * (width + between.ranks),
      y: Math.floor(index / columns) * (nodeSize(node).height + between.nodes),
      width,
      height: nodeSize(node).height,
    },
  }));
}

function extent(placed: readonly PlacedNode[]): { width: number; bottom: number } {
  return {
    width: Math.max(0, ...placed.map(({ rect }) => rect.x + rect.width)),
    bottom: Math.max(0, ...placed.map(({ rect }) => rect.y + rect.height)),
  };
}

/** Where a namespace's name, level and policies stand on one line. */
const wide = 320;

/** Room for a namespace's name, and for its level and policies below it. */
function labelWidth(name: string): number {
  return name === '' ? 124 : Math.max(128, name.length * 8);
}

function move(box: Box, x: number, y: number): void {
  const { rect, nodes } = box;
  const [dx, dy] = [x - rect.x, y - rect.y];
  for (const each of [rect, ...nodes.map((node) => node.rect)]) {
    each.x += dx;
    each.y += dy;
  }
}

/** Where a group stands for its needed flows with the main namespace to be level; null when it has none. */
function wantedTop(box: Box, center: Box, needed: readonly { from: string; to: string }[]): number | null {
  const middle = (rect: Rect) => rect.y + rect.height / 2;
  const offsets = needed.flatMap(({ from, to }) => {
    const own = box.nodes.find(({ node }) => node.id === from || node.id === to);
    const other = center.nodes.find(({ node }) => node.id === from || node.id === to);
    return own && other ? [middle(other.rect) - middle(own.rect)] : [];
  });
  return offsets.length === 0 ? null : box.rect.y + offsets.reduce((sum, each) => sum + each, 0) / offsets.length;
}

/** Stacks groups in a column: those with a wanted place there, or close to it, and the others below. */
function stack(
  boxes: readonly Box[],
  options: { wanted: (box: Box) => number | null; left: (box: Box) => number; middle: number },
): void {
  const { wanted, left, middle } = options;
  const tops = new Map(boxes.map((each) => [each, wanted(each)]));
  const level = boxes.filter((each) => tops.get(each) !== null).sort((a, b) => (tops.get(a) ?? 0) - (tops.get(b) ?? 0));
  const loose = boxes.filter((each) => tops.get(each) === null);
  // Without any that must be level, the column stands in the middle.
  let next = level.length > 0 ? -Infinity : middle - (height(loose) - between.groups) / 2;
  for (const each of [...level, ...loose]) {
    const top = Math.max(tops.get(each) ?? next, next);
    move(each, left(each), top);
    next = top + each.rect.height + between.groups;
  }
}

function height(boxes: readonly Box[]): number {
  return boxes.reduce((sum, { rect }) => sum + rect.height + between.groups, 0);
}

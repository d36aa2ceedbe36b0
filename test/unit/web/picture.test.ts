import { describe, expect, test } from 'vitest';
import type { FlowState, PictureFlow, PictureNode } from '../../../server/contract/picture.ts';
import { directionAt, isInside, lengthOf, partOf, pointAt, type Curve } from '../../../web/src/picture/geometry.ts';
import { placePicture } from '../../../web/src/picture/layout.ts';
import { defaultStates, linksOf, portsOf } from '../../../web/src/picture/links.ts';
import { routeLinks } from '../../../web/src/picture/routes.ts';
import { wholeView } from '../../../web/src/picture/whole-view.ts';

const workload = (id: string): PictureNode => ({
  id,
  kind: 'workload',
  origin: 'scenario',
  namespace: id.split('/')[0] ?? '',
  name: id.split('/')[1] ?? '',
  ports: ['8080/TCP'],
  pods: { ready: 1, total: 1 },
  trouble: '',
  level: 'baseline',
});
const internet: PictureNode = {
  ...workload('internet'),
  kind: 'internet',
  namespace: '',
  name: 'internet',
  pods: null,
};

const flow = (from: string, to: string, state: FlowState, port = 8080): PictureFlow => ({
  id: `${from}→${to}:${port}/TCP`,
  from,
  to,
  port,
  protocol: 'TCP',
  state,
  why: [],
});

const shop = {
  namespaces: [
    { name: 'production', main: true, enforce: '', policies: 0 },
    { name: 'ingress', main: false, enforce: '', policies: 0 },
    { name: 'staging', main: false, enforce: '', policies: 0 },
  ],
  nodes: [
    workload('ingress/nginx'),
    workload('production/frontend'),
    workload('production/api'),
    workload('production/db'),
    workload('production/helper'),
    workload('staging/loadtest'),
    internet,
  ],
  flows: [
    flow('ingress/nginx', 'production/frontend', 'required'),
    flow('production/frontend', 'production/api', 'required'),
    flow('production/api', 'production/db', 'required'),
    flow('production/frontend', 'production/db', 'open'),
    flow('production/helper', 'internet', 'open'),
  ],
};

describe('placePicture', () => {
  const { nodes, groups } = placePicture(shop);
  const rect = (id: string) => {
    const found = nodes.find(({ node }) => node.id === id)?.rect;
    if (!found) throw new Error(`${id} has no place`);
    return found;
  };

  test('every node has a place in its own group, and none overlaps another', () => {
    expect(nodes).toHaveLength(shop.nodes.length);
    for (const { node, rect: own } of nodes) {
      const group = groups.find(({ name }) => name === node.namespace);
      expect(group && isInside({ x: own.x, y: own.y }, group.rect)).toBe(true);
      expect(group && isInside({ x: own.x + own.width, y: own.y + own.height }, group.rect)).toBe(true);
      for (const other of nodes) {
        if (other.node === node) continue;
        const apart =
          own.x + own.width <= other.rect.x ||
          other.rect.x + other.rect.width <= own.x ||
          own.y + own.height <= other.rect.y ||
          other.rect.y + other.rect.height <= own.y;
        expect(apart, `${node.id} and ${other.node.id}`).toBe(true);
      }
    }
  });

  test('needed flows go from left to right, and level into the main namespace', () => {
    const order = ['ingress/nginx', 'production/frontend', 'production/api', 'production/db', 'internet'];
    const lefts = order.map((id) => rect(id).x);
    expect(lefts).toEqual([...lefts].sort((a, b) => a - b));
    const middle = (id: string) => rect(id).y + rect(id).height / 2;
    expect(middle('ingress/nginx')).toBeCloseTo(middle('production/frontend'));
  });

  test('policies move nothing: only what the lab needs decides', () => {
    const changed = shop.flows.map((each) =>
      each.state === 'required' ? { ...each, state: 'missing' as const } : { ...each, state: 'blocked' as const },
    );
    expect(placePicture({ ...shop, flows: changed })).toEqual(placePicture(shop));
  });

  test('an empty picture has no places', () => {
    expect(placePicture({ namespaces: [], nodes: [], flows: [] })).toEqual({ nodes: [], groups: [] });
  });
});

describe('linksOf', () => {
  test('puts ports of one kind together, and both directions of what is open', () => {
    const links = linksOf([
      flow('a/x', 'a/y', 'open', 80),
      flow('a/x', 'a/y', 'open', 443),
      flow('a/y', 'a/x', 'open', 80),
      flow('a/x', 'a/y', 'required', 8080),
    ]);
    expect(links.map(({ id, both }) => [id, both])).toEqual([
      ['a/x→a/y:required', false],
      ['a/x→a/y:open', true],
    ]);
    expect(links.map(portsOf)).toEqual([':8080', ':80 :443']);
  });

  test('a needed flow always shows its direction', () => {
    const links = linksOf([flow('a/x', 'a/y', 'required'), flow('a/y', 'a/x', 'required')]);
    expect(links.map(({ both }) => both)).toEqual([false, false]);
  });
});

test('blocked flows are shown while they are few, free ones when there are no others', () => {
  const links = (state: FlowState, count: number) => Array.from({ length: count }, () => ({ state }));
  expect(defaultStates([...links('required', 1), ...links('blocked', 4)])).toContain('blocked');
  expect(defaultStates([...links('required', 1), ...links('blocked', 5)])).not.toContain('blocked');
  expect(defaultStates(links('free', 3))).toEqual(['free']);
});

describe('routeLinks', () => {
  const rects = new Map([
    ['a', { x: 0, y: 0, width: 80, height: 40 }],
    ['b', { x: 160, y: 0, width: 80, height: 40 }],
    ['c', { x: 320, y: 0, width: 80, height: 40 }],
  ]);
  const link = (from: string, to: string, state: FlowState) => ({
    id: `${from}→${to}`,
    from,
    to,
    state,
    both: false,
    flows: [],
  });

  test('neighbours are joined by a straight line between their borders', () => {
    const route = routeLinks([link('a', 'b', 'required')], rects).get('a→b');
    expect(route?.curve[0].x).toBeGreaterThan(80);
    expect(route?.curve[2].x).toBeLessThan(160);
    expect(route?.turn.end).toBeCloseTo(0);
    // 80 px between the nodes, 5 of them kept free at each border.
    expect(route?.length).toBeGreaterThan(66);
    expect(route?.length).toBeLessThanOrEqual(70);
  });

  test('a line goes around what stands between', () => {
    const route = routeLinks([link('a', 'c', 'open')], rects).get('a→c');
    const between = rects.get('b');
    if (!route || !between) throw new Error('no route');
    for (let step = 0; step <= 50; step++)
      expect(isInside(pointAt(route.curve, step / 50), between), `at ${step}`).toBe(false);
  });

  test('there and back are two lines', () => {
    const routes = routeLinks([link('a', 'b', 'required'), link('b', 'a', 'open')], rects);
    const [there, back] = [routes.get('a→b'), routes.get('b→a')];
    expect(Math.abs((there?.middle.y ?? 0) - (back?.middle.y ?? 0))).toBeGreaterThan(4);
  });

  test('a node without a place has no line', () => {
    expect(routeLinks([link('a', 'nowhere', 'open')], rects).size).toBe(0);
  });
});

describe('a curve', () => {
  const curve: Curve = [
    { x: 0, y: 0 },
    { x: 50, y: 80 },
    { x: 100, y: 0 },
  ];

  test('a part of it lies on it', () => {
    const part = partOf(curve, 0.2, 0.7);
    for (const t of [0, 0.5, 1]) {
      const at = pointAt(curve, 0.2 + 0.5 * t);
      expect(pointAt(part, t).x).toBeCloseTo(at.x);
      expect(pointAt(part, t).y).toBeCloseTo(at.y);
    }
  });

  test('knows its direction and length', () => {
    expect(directionAt(curve, 0.5)).toBeCloseTo(0);
    const straight: Curve = [
      { x: 0, y: 0 },
      { x: 15, y: 20 },
      { x: 30, y: 40 },
    ];
    expect(lengthOf(straight)).toBeCloseTo(50);
  });
});

describe('wholeView', () => {
  const rects = [
    { x: 100, y: 50, width: 100, height: 100 },
    { x: 900, y: 200, width: 100, height: 50 },
  ];

  test('all of it is within the pane', () => {
    const { x, y, zoom } = wholeView(rects, { width: 720, height: 400 });
    expect(100 * zoom + x).toBeCloseTo(14);
    expect(1000 * zoom + x).toBeCloseTo(706);
    expect(50 * zoom + y).toBeGreaterThanOrEqual(14);
    expect(250 * zoom + y).toBeLessThanOrEqual(400 - 34);
  });

  test('is not larger than its words want to be read, nor smaller than can be', () => {
    expect(wholeView(rects, { width: 5000, height: 5000 }).zoom).toBe(1.25);
    expect(wholeView(rects, { width: 40, height: 40 }).zoom).toBe(0.3);
  });

  test('without a pane or a picture there is nothing to fit', () => {
    expect(wholeView([], { width: 720, height: 400 })).toEqual({ x: 0, y: 0, zoom: 1 });
    expect(wholeView(rects, { width: 0, height: 0 })).toEqual({ x: 0, y: 0, zoom: 1 });
  });
});

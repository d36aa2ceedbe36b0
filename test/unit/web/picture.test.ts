import { describe, expect, test } from 'vitest';
import type { FlowState, PictureFlow, PictureNode } from '../../../server/contract/picture.ts';
import { directionAt, isInside, lengthOf, partOf, pointAt, type Curve } from '../../../web/src/picture/geometry.ts';
import { placePicture } from '../../../web/src/picture/layout.ts';
import { joins, linesOf } from '../../../web/src/picture/lines.ts';
import { defaultStates, linksOf, portsOf } from '../../../web/src/picture/links.ts';
import { routeLines } from '../../../web/src/picture/routes.ts';
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

describe('linesOf', () => {
  const namespaceOf = (id: string) => (id.includes('/') ? (id.split('/')[0] ?? '') : '');
  const lines = (...flows: PictureFlow[]) =>
    linesOf(linksOf(flows), namespaceOf).map(({ id, from, to, both, links }) => [id, from, to, both, links.length]);

  test('what crosses between two namespaces is one line, and begins at a node where it has but one', () => {
    expect(
      lines(
        flow('staging/loadtest', 'production/api', 'open'),
        flow('staging/loadtest', 'production/db', 'open'),
        flow('production/api', 'internet', 'open'),
        flow('production/db', 'internet', 'open'),
        flow('production/db', 'metadata', 'open'),
      ),
    ).toEqual([
      ['namespace staging→namespace production:open', 'staging/loadtest', 'namespace production', false, 2],
      ['namespace production→internet:open', 'namespace production', 'internet', false, 2],
      ['production/db→metadata:open', 'production/db', 'metadata', false, 1],
    ]);
  });

  test('there and back between namespaces is one line that goes both ways', () => {
    expect(lines(flow('a/x', 'b/y', 'open'), flow('b/z', 'a/x', 'open'))).toEqual([
      ['namespace a→namespace b:open', 'a/x', 'namespace b', true, 2],
    ]);
  });

  test('kinds stay apart, and needed flows and those within a namespace are never bundled', () => {
    expect(
      lines(
        flow('a/x', 'b/y', 'required'),
        flow('a/w', 'b/y', 'required'),
        flow('a/x', 'b/z', 'open'),
        flow('a/x', 'b/w', 'blocked'),
        flow('a/x', 'a/w', 'open'),
        flow('a/x', 'a/v', 'open'),
      ).map(([, , , , count]) => count),
    ).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('every link is in exactly one line', () => {
    const links = linksOf(shop.flows);
    const inLines = linesOf(links, namespaceOf).flatMap((line) => line.links);
    expect(inLines.map(({ id }) => id).sort()).toEqual(links.map(({ id }) => id).sort());
  });

  test('a link joins its nodes, and where they are, either way', () => {
    const [link] = linksOf([flow('a/x', 'b/y', 'open')]);
    if (!link) throw new Error('no link');
    const joined = ['a/x→b/y', 'b/y→a/x', 'namespace b→namespace a', 'a/x→b/z'].map((pair) =>
      joins(link, pair, namespaceOf),
    );
    expect(joined).toEqual([true, true, true, false]);
  });
});

test('blocked flows are shown while they are few or nothing is wrong, free ones when there are no others', () => {
  const links = (state: FlowState, count: number) => Array.from({ length: count }, () => ({ state }));
  expect(defaultStates([...links('open', 1), ...links('blocked', 4)])).toContain('blocked');
  expect(defaultStates([...links('open', 1), ...links('blocked', 5)])).not.toContain('blocked');
  expect(defaultStates([...links('missing', 1), ...links('blocked', 5)])).not.toContain('blocked');
  expect(defaultStates([...links('required', 1), ...links('blocked', 5)])).toContain('blocked');
  expect(defaultStates(links('free', 3))).toEqual(['free']);
});

describe('routeLines', () => {
  const rects = new Map([
    ['a', { x: 0, y: 0, width: 80, height: 40 }],
    ['b', { x: 160, y: 0, width: 80, height: 40 }],
    ['c', { x: 320, y: 0, width: 80, height: 40 }],
  ]);
  const line = (from: string, to: string, state: FlowState) => ({ id: `${from}→${to}`, from, to, state });

  test('neighbours are joined by a straight line between their borders', () => {
    const route = routeLines([[line('a', 'b', 'required')]], { nodes: rects }).get('a→b');
    expect(route?.curve[0].x).toBeGreaterThan(80);
    expect(route?.curve[2].x).toBeLessThan(160);
    expect(route?.turn.end).toBeCloseTo(0);
    // 80 px between the nodes, 5 of them kept free at each border.
    expect(route?.length).toBeGreaterThan(66);
    expect(route?.length).toBeLessThanOrEqual(70);
  });

  test('a line goes around what stands between', () => {
    const route = routeLines([[line('a', 'c', 'open')]], { nodes: rects }).get('a→c');
    const between = rects.get('b');
    if (!route || !between) throw new Error('no route');
    for (let step = 0; step <= 50; step++)
      expect(isInside(pointAt(route.curve, step / 50), between), `at ${step}`).toBe(false);
  });

  test('there and back are two lines', () => {
    const routes = routeLines([[line('a', 'b', 'required'), line('b', 'a', 'open')]], { nodes: rects });
    const [there, back] = [routes.get('a→b'), routes.get('b→a')];
    expect(Math.abs((there?.middle.y ?? 0) - (back?.middle.y ?? 0))).toBeGreaterThan(4);
  });

  test('a line may end at a group; those of a later layer move none of an earlier one', () => {
    const groups = new Map([['all', { x: 150, y: -30, width: 260, height: 100 }]]);
    const calm = [line('a', 'all', 'open'), line('b', 'c', 'required')];
    const alone = routeLines([calm], { nodes: rects, groups });
    expect(alone.get('a→all')?.curve[2].x).toBeLessThan(150);
    const more = routeLines([calm, [line('a', 'c', 'open')]], { nodes: rects, groups });
    for (const { id } of calm) expect(more.get(id)).toEqual(alone.get(id));
  });

  test('a node without a place has no line', () => {
    expect(routeLines([[line('a', 'nowhere', 'open')]], { nodes: rects }).size).toBe(0);
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
    expect(wholeView(rects, { width: 5000, height: 5000 }).zoom).toBe(1.15);
    expect(wholeView(rects, { width: 40, height: 40 }).zoom).toBe(0.3);
  });

  test('without a pane or a picture there is nothing to fit', () => {
    expect(wholeView([], { width: 720, height: 400 })).toEqual({ x: 0, y: 0, zoom: 1 });
    expect(wholeView(rects, { width: 0, height: 0 })).toEqual({ x: 0, y: 0, zoom: 1 });
  });
});

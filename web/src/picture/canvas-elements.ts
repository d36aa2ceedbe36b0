import { Position } from '@xyflow/svelte';
import type { Picture } from '../../../server/contract/picture.ts';
import type { Words } from '../words/words.ts';
import type { CanvasNode, FlowEdgeType } from './canvas-types.ts';
import type { PlacedPicture } from './layout.ts';
import { portsOf, stateOrder } from './links.ts';
import type { PictureView } from './picture-view.svelte.ts';
import { routeLinks } from './routes.ts';

/** The graph library's nodes. Sizes and handles are given, so that it measures nothing. */
export function canvasNodes(placed: PlacedPicture, picture: Picture, view: PictureView, words: Words): CanvasNode[] {
  const groups = placed.groups.map(({ name, rect }): CanvasNode => {
    const namespace = picture.namespaces.find((each) => each.name === name) ?? null;
    return {
      id: `namespace ${name}`,
      type: 'namespace',
      position: { x: rect.x, y: rect.y },
      width: rect.width,
      height: rect.height,
      zIndex: -1,
      data: { name: name === '' ? words.map.outside : name, namespace },
    };
  });
  const nodes = placed.nodes.map(({ node, rect }): CanvasNode => {
    const handle = { x: rect.width / 2, y: rect.height / 2, width: 1, height: 1 };
    return {
      id: node.id,
      type: 'workload',
      position: { x: rect.x, y: rect.y },
      width: rect.width,
      height: rect.height,
      zIndex: 20,
      handles: [
        { ...handle, type: 'source', position: Position.Right },
        { ...handle, type: 'target', position: Position.Left },
      ],
      data: {
        node,
        name: node.kind === 'workload' ? node.name : view.nameOf(node.id, words),
        chosen: view.selection?.kind === 'node' && view.selection.id === node.id,
      },
    };
  });
  return [...groups, ...nodes];
}

export function canvasEdges(placed: PlacedPicture, view: PictureView, words: Words): FlowEdgeType[] {
  const rects = new Map(placed.nodes.map(({ node, rect }) => [node.id, rect]));
  const labels = placed.groups.map(({ rect }) => ({ x: rect.x + 10, y: rect.y + 8, width: 130, height: 22 }));
  const routes = routeLinks(view.shown, rects, labels);
  const touched = new Set(view.selectedLinks.map(({ id }) => id));
  const chosen = view.selection?.kind === 'link' ? touched : new Set<string>();
  const drawn = view.shown.filter(({ id }) => routes.has(id));
  const inOrder = drawn.find(({ id }) => chosen.has(id)) ?? drawn.at(-1);
  return drawn.flatMap((link) => {
    const route = routes.get(link.id);
    if (!route) return [];
    const arrow = link.both ? '↔' : '→';
    const name = `${view.nameOf(link.from, words)} ${arrow} ${view.nameOf(link.to, words)} ${portsOf(link)}`;
    const edge: FlowEdgeType = {
      id: link.id,
      type: 'flow',
      source: link.from,
      target: link.to,
      data: { link, route },
      zIndex: stateOrder.indexOf(link.state) + (touched.has(link.id) ? 10 : 0),
      class: [chosen.has(link.id) && 'chosen', touched.size > 0 && !touched.has(link.id) && 'aside'],
      ariaRole: 'button',
      ariaLabel: `${name}: ${words.map.flowNow[link.state]}`,
      domAttributes: {
        tabindex: link === inOrder ? 0 : -1,
        'aria-roledescription': undefined,
        'aria-pressed': chosen.has(link.id),
        ...{ 'data-link': link.id },
      },
    };
    return [edge];
  });
}

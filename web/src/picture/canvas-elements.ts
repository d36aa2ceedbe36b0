import { Position } from '@xyflow/svelte';
import type { Picture } from '../../../server/contract/picture.ts';
import type { Words } from '../words/words.ts';
import type { CanvasNode, FlowEdgeType } from './canvas-types.ts';
import type { PlacedPicture } from './layout.ts';
import { endOfNamespace, type Line } from './lines.ts';
import { portsOf, stateOrder } from './links.ts';
import type { PictureView } from './picture-view.svelte.ts';
import { routeLines } from './routes.ts';

/** The graph library's nodes. Sizes and handles are given, so that it measures nothing. */
export function canvasNodes(placed: PlacedPicture, picture: Picture, view: PictureView, words: Words): CanvasNode[] {
  const groups = placed.groups.map(({ name, rect }): CanvasNode => {
    const namespace = picture.namespaces.find((each) => each.name === name) ?? null;
    return {
      id: endOfNamespace(name),
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
  const nodes = new Map(placed.nodes.map(({ node, rect }) => [node.id, rect]));
  const groups = new Map(placed.groups.map(({ name, rect }) => [endOfNamespace(name), rect]));
  const labels = placed.groups.map(({ rect }) => ({ x: rect.x + 10, y: rect.y + 8, width: 130, height: 22 }));
  // What is drawn apart finds its way last, so that pointing at a bundle moves no other line.
  const apart = view.apart.map((link): Line => ({ ...link, links: [link] }));
  const routes = routeLines([view.shown, apart], { nodes, groups, labels });
  const selected = new Set(view.selectedLinks.map(({ id }) => id));
  const isSelected = ({ links }: Line) => links.some(({ id }) => selected.has(id));
  const chosen = (line: Line) => view.selection?.kind === 'line' && isSelected(line);
  const drawn = [...view.shown, ...apart].filter(({ id }) => routes.has(id));
  const inOrder = drawn.find(({ id }) => id === view.selection?.id) ?? drawn.at(-1);
  return drawn.flatMap((line) => {
    const route = routes.get(line.id);
    const [first] = line.links;
    if (!route || !first) return [];
    const bundle = line.links.length > 1;
    const preview = apart.includes(line) && !isSelected(line);
    const edge: FlowEdgeType = {
      id: line.id,
      type: 'flow',
      // The library wants nodes; a line that stands for several is drawn by its route all the same.
      source: first.from,
      target: first.to,
      data: { line, route },
      zIndex: stateOrder.indexOf(line.state) + (isSelected(line) ? 10 : 0) + (bundle ? 20 : 0),
      class: [
        chosen(line) && !(bundle && line.id === view.selection?.id) && 'chosen',
        view.selection && !isSelected(line) && 'aside',
        bundle && line.links.every(({ id }) => selected.has(id)) && 'opened',
        preview && 'preview',
      ],
      ariaRole: 'button',
      ariaLabel: nameOfLine(line, view, words),
      domAttributes: {
        tabindex: line === inOrder ? 0 : -1,
        'aria-roledescription': undefined,
        'aria-pressed': line.id === view.selection?.id,
        ...(preview ? {} : { 'data-line': line.id }),
      },
    };
    return [edge];
  });
}

/** `frontend → db :5432: should be blocked, but is open`. */
function nameOfLine({ from, to, both, links, state }: Line, view: PictureView, words: Words): string {
  const [only] = links;
  const what = links.length === 1 && only ? portsOf(only) : words.map.ways(links.length);
  return `${view.nameOf(from, words)} ${both ? '↔' : '→'} ${view.nameOf(to, words)} ${what}: ${words.map.flowNow[state]}`;
}

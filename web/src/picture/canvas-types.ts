import type { Edge, Node } from '@xyflow/svelte';
import type { Picture, PictureNode } from '../../../server/contract/picture.ts';
import type { Line } from './lines.ts';
import type { Route } from './routes.ts';

export type WorkloadNodeType = Node<{ node: PictureNode; name: string; chosen: boolean }, 'workload'>;
export type GroupNodeType = Node<{ name: string; namespace: Picture['namespaces'][number] | null }, 'namespace'>;
export type CanvasNode = WorkloadNodeType | GroupNodeType;
export type FlowEdgeType = Edge<{ line: Line; route: Route }, 'flow'>;

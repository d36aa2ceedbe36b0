import type { PictureNode } from '../../../server/contract/picture.ts';

/** Under a node's name: its ports, or what it is. */
export function subtitleOf(node: PictureNode): string {
  if (node.kind !== 'workload') return '';
  const ports = node.ports.map((port) => `:${port.replace(/\/TCP$/, '')}`);
  const shown = ports.length > 3 ? [...ports.slice(0, 2), '…'] : ports;
  return [shown.join(' '), node.level === 'privileged' ? 'privileged' : ''].filter((part) => part !== '').join(' · ');
}

/** What a node takes, by its words alone, so that it does not move while its pods come and go. Pixels. */
export function nodeSize(node: PictureNode): { width: number; height: number } {
  const pods = node.pods ? 16 + Math.min(node.pods.total, 4) * 8 : 0;
  const width = Math.max(node.name.length * 8, subtitleOf(node).length * 7.2 + pods) + 26;
  const height = node.kind === 'workload' ? 50 : 34;
  return { width: Math.round(Math.min(Math.max(width, 92), 230)), height };
}

import type { CommandNode, PipelineNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash';

/** All nodes of a tree, those in words included. */
export function nodesOf(node: unknown): Record<string, unknown>[] {
  if (Array.isArray(node)) return node.flatMap(nodesOf);
  if (typeof node !== 'object' || node === null) return [];
  const below = Object.values(node).flatMap(nodesOf);
  return 'type' in node ? [node, ...below] : below;
}

export function statement(node: CommandNode): StatementNode {
  const pipelines: PipelineNode[] = [{ type: 'Pipeline', negated: false, commands: [node] }];
  return { type: 'Statement', pipelines, operators: [], background: false };
}

export function simple(name: string, ...args: string[]): SimpleCommandNode {
  return { type: 'SimpleCommand', assignments: [], name: word(name), args: args.map(quoted), redirections: [] };
}

export function quoted(value: string): WordNode {
  return { type: 'Word', parts: [{ type: 'SingleQuoted', value }] };
}

export function word(text: string): WordNode {
  return { type: 'Word', parts: [{ type: 'Literal', value: text }] };
}

export function literal(name: WordNode | null): string | undefined {
  const part = name?.parts.length === 1 ? name.parts[0] : undefined;
  return part?.type === 'Literal' ? part.value : undefined;
}

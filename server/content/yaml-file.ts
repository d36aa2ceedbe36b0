import { LineCounter, isNode, isPair, parseAllDocuments, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { ContentProblem } from './content-problem.ts';

/**
 * Parses a YAML file by a schema. What is wrong goes to `problems`, with the line of the value (or of the nearest thing
 * around it that exists); the result is then undefined.
 */
export function parseYamlFile<S extends z.ZodType>(
  file: string,
  text: string,
  schema: S,
  problems: ContentProblem[],
): z.output<S> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    for (const error of document.errors)
      problems.push({ file, line: lines.linePos(error.pos[0]).line, message: error.message });
    return undefined;
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  for (const issue of flatten(result.error.issues)) {
    const found = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
    problems.push({ file, line: lineOf(document, lines, issue.path), message: found + issue.message });
  }
  return undefined;
}

/** The line of a value in a YAML file that has been parsed, or of the nearest thing around it that exists. */
export function lineIn(text: string, path: readonly PropertyKey[]): number {
  const lines = new LineCounter();
  return lineOf(parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines, path);
}

/** Every document of a YAML stream as plain values; comments and empty documents are left out. */
export function parseYamlStream(
  file: string,
  text: string,
  problems: ContentProblem[],
): { value: unknown; line: number }[] {
  const lines = new LineCounter();
  const values: { value: unknown; line: number }[] = [];
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return values;
  for (const document of documents) {
    for (const error of document.errors)
      problems.push({ file, line: lines.linePos(error.pos[0]).line, message: error.message });
    if (document.errors.length > 0 || document.contents === null) continue;
    const range = isNode(document.contents) ? document.contents.range : undefined;
    values.push({ value: document.toJS(), line: range ? lines.linePos(range[0]).line : 1 });
  }
  return values;
}

type Issue = z.core.$ZodIssue;

/** A union fails with all its branches; the branch that came furthest says what the author meant. */
function flatten(issues: readonly Issue[], prefix: PropertyKey[] = []): { path: PropertyKey[]; message: string }[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path, message: issue.message }];
    const branches = issue.errors.map((branch) => flatten(branch, path));
    return branches.reduce((best, branch) => (rank(branch) > rank(best) ? branch : best));
  });
}

/** Deeper issues, and fewer of them, mean that the branch fits better. */
function rank(branch: { path: PropertyKey[] }[]): number {
  return Math.max(...branch.map(({ path }) => path.length)) * 100 - branch.length;
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    if (isPair(node) && isNode(node.key) && node.key.range) return lines.linePos(node.key.range[0]).line;
  }
  return 1;
}

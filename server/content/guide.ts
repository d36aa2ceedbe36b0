import MarkdownIt, { type Token } from 'markdown-it';
import type { Block, Guide, Inline } from '../contract/course.ts';
import type { ContentProblem } from './content-problem.ts';

const markdown = new MarkdownIt('commonmark', { html: false }).enable('table');

/**
 * Reads a guide: an introduction, then a part for each task under `## <task id>`, then `## debrief`. The result holds
 * no HTML: raw HTML in the text is refused, since the page makes elements of blocks and nothing else.
 */
export function parseGuide(file: string, text: string, taskIds: readonly string[], problems: ContentProblem[]): Guide {
  const guide: Guide = { introduction: [], tasks: {}, debrief: [] };
  let part = guide.introduction;
  const tokens = markdown.parse(text, {});
  const report = (token: Token | undefined, message: string) =>
    problems.push({ file, line: (token?.map?.[0] ?? 0) + 1, message });
  for (let index = 0; index < tokens.length;) {
    const token = tokens[index];
    if (!token) break;
    const end = closingIndex(tokens, index);
    const inner = tokens.slice(index, end + 1);
    if (token.type === 'heading_open' && token.tag === 'h2') {
      const id = tokens[index + 1]?.content.trim() ?? '';
      if (id === 'debrief') part = guide.debrief;
      else if (taskIds.includes(id)) part = guide.tasks[id] = [];
      else report(token, `the heading "## ${id}" is neither a task of lab.yaml (${taskIds.join(', ')}) nor "debrief"`);
    } else {
      const block = toBlock(inner, (message) => report(token, message));
      if (block) part.push(block);
    }
    index = end + 1;
  }
  for (const id of taskIds)
    if (!guide.tasks[id]) problems.push({ file, line: 0, message: `the task "${id}" has no part: add "## ${id}"` });
  if (guide.introduction.length === 0)
    problems.push({ file, line: 1, message: 'there is no introduction before the first heading' });
  if (guide.debrief.length === 0) problems.push({ file, line: 0, message: 'there is no debrief: add "## debrief"' });
  return guide;
}

function closingIndex(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    depth += tokens[index]?.nesting ?? 0;
    if (depth === 0) return index;
  }
  return tokens.length - 1;
}

function toBlock(tokens: readonly Token[], report: (message: string) => void): Block | undefined {
  const [first] = tokens;
  if (!first) return undefined;
  const inlines = tokens.filter((token) => token.type === 'inline').map((token) => toInlines(token, report));
  switch (first.type) {
    case 'paragraph_open':
      return { type: 'paragraph', content: inlines[0] ?? [] };
    case 'heading_open':
      return { type: 'heading', content: inlines[0] ?? [] };
    case 'bullet_list_open':
    case 'ordered_list_open':
      return { type: 'list', ordered: first.type === 'ordered_list_open', items: inlines };
    case 'blockquote_open':
      return {
        type: 'note',
        content: inlines.flatMap((part, index) => (index > 0 ? [{ type: 'text' as const, text: ' ' }, ...part] : part)),
      };
    case 'table_open':
      return toTable(tokens, report);
    case 'fence': {
      const language = first.info.trim();
      const text = first.content.replace(/\n$/, '');
      return language === 'console' ? { type: 'command', text } : { type: 'listing', language, text };
    }
    case 'hr':
      return undefined;
    default:
      report(
        `"${first.markup || first.type}" can't be used in a guide: use paragraphs, lists, tables, notes and fenced code`,
      );
      return undefined;
  }
}

function toTable(tokens: readonly Token[], report: (message: string) => void): Block {
  const rows: Inline[][][] = [];
  for (const token of tokens) {
    if (token.type === 'tr_open') rows.push([]);
    if (token.type === 'inline') rows.at(-1)?.push(toInlines(token, report));
  }
  return { type: 'table', head: rows[0] ?? [], rows: rows.slice(1) };
}

function toInlines(token: Token, report: (message: string) => void): Inline[] {
  const result: Inline[] = [];
  let style: 'text' | 'strong' | 'emphasis' = 'text';
  let href = '';
  const add = (inline: Inline) => {
    const last = result.at(-1);
    if (last?.type === 'text' && inline.type === 'text') last.text += inline.text;
    else result.push(inline);
  };
  for (const child of token.children ?? []) {
    if (child.type === 'text') {
      if (child.content === '') continue;
      if (href) add({ type: 'link', text: child.content, href });
      else add({ type: style, text: child.content });
    } else if (child.type === 'code_inline') add({ type: 'code', text: child.content });
    else if (child.type === 'softbreak' || child.type === 'hardbreak') add({ type: 'text', text: ' ' });
    else if (child.type === 'strong_open') style = 'strong';
    else if (child.type === 'em_open') style = 'emphasis';
    else if (child.type === 'strong_close' || child.type === 'em_close') style = 'text';
    else if (child.type === 'link_open') {
      href = String(child.attrGet('href') ?? '');
      if (!href.startsWith('https://')) report(`the link to "${href}" must begin with https://`);
    } else if (child.type === 'link_close') href = '';
    else report(`"${child.type}" can't be used in a guide's text`);
  }
  return result;
}

import {
  serialize,
  type CommandNode,
  type PipelineNode,
  type ScriptNode,
  type SimpleCommandNode,
  type StatementNode,
  type TransformPlugin,
  type WordNode,
} from 'just-bash';
import { literal, nodesOf, quoted, simple, statement, word } from './shell-nodes.ts';

/** Where a process writes to, as files (proc(5)): what is written there is told at once. */
export const stdoutPath = '/proc/self/fd/1';
export const stderrPath = '/proc/self/fd/2';

/** Commands of ours that a script gets put in. */
export const background = 'haechi-background';
export const waitForAll = 'haechi-wait';
/** Says why files can't be written, before a command opens them: just-bash would end the whole script. */
export const mayWrite = 'haechi-may-write';
/** `tail -f`, with what it is piped into. */
export const follow = 'haechi-follow';
/** Opened by an `exit` of the shell itself, before it ends. */
export const exitPath = '/proc/self/exit';
/** A command that every turn of a loop runs, so that an endless one leaves the machine to others as well. */
export const breathe = 'haechi-breathe';

type Redirection = SimpleCommandNode['redirections'][number];
/** Whether a command's output is the process' own: not a pipe's, a file's or a substitution's. */
interface Place {
  out: boolean;
  err: boolean;
  /** Whether `exit` ends the shell itself, not only a part of it. */
  exits: boolean;
}

/**
 * What a shell does and just-bash doesn't. just-bash gives a script's output when the script has ended: here every
 * command writes to the process' own output as soon as it ends, by a redirection before its own ones. Loops rest, `&`
 * starts another process, `exec` ends the shell, a file that can't be written fails its command alone.
 */
export const asAShellDoes: TransformPlugin = {
  name: 'as-a-shell-does',
  transform: ({ ast }) => {
    for (const node of nodesOf(ast)) {
      if (node['type'] === 'Statement') startInBackground(node as unknown as StatementNode);
      else if (node['type'] === 'Pipeline') changeCommands(node as unknown as PipelineNode);
      else addBreath(node);
    }
    return {
      ast: redirectsItself(ast)
        ? ast
        : { ...ast, statements: statements(ast.statements, { out: true, err: true, exits: true }) },
    };
  },
};

function statements(list: StatementNode[], place: Place): StatementNode[] {
  return list.map((statement) => ({
    ...statement,
    pipelines: statement.pipelines.map((pipeline) => inPipeline(pipeline, place)),
  }));
}

function inPipeline(pipeline: PipelineNode, place: Place): PipelineNode {
  const last = pipeline.commands.length - 1;
  const commands = pipeline.commands.map((each, index) =>
    command(
      each,
      index === last
        ? { ...place, exits: place.exits && last === 0 }
        : { out: false, err: place.err && !pipeline.pipeStderr?.[index], exits: false },
    ),
  );
  return { ...pipeline, commands };
}

function command(node: CommandNode, place: Place): CommandNode {
  // A function's callers decide where it writes.
  if (node.type === 'FunctionDef') return node;
  if (node.type === 'SimpleCommand') {
    if (place.out && followsFiles(node) && !node.redirections.some(writes)) return followed(node, '');
    const noted = literal(node.name) === 'exit' && place.exits ? [append(2, exitPath)] : [];
    return node.name ? { ...node, redirections: [...noted, ...told(place), ...node.redirections] } : node;
  }
  const whole = { ...node, redirections: [...told(place), ...node.redirections] };
  if (!place.out || !place.err || node.redirections.some(writes)) return whole;
  switch (node.type) {
    case 'If': {
      const clauses = node.clauses.map(({ condition, body }) => ({
        condition: statements(condition, place),
        body: statements(body, place),
      }));
      return { ...node, clauses, elseBody: node.elseBody && statements(node.elseBody, place) };
    }
    case 'While':
    case 'Until':
      return { ...node, condition: statements(node.condition, place), body: statements(node.body, place) };
    case 'For':
    case 'CStyleFor':
    case 'Group':
      return { ...node, body: statements(node.body, place) };
    case 'Subshell':
      return { ...node, body: statements(node.body, { ...place, exits: false }) };
    case 'Case':
      return { ...node, items: node.items.map((item) => ({ ...item, body: statements(item.body, place) })) };
    case 'ArithmeticCommand':
    case 'ConditionalCommand':
      return whole;
  }
}

function told({ out, err }: Place): Redirection[] {
  return [...(out ? [append(1, stdoutPath)] : []), ...(err ? [append(2, stderrPath)] : [])];
}

function append(fd: number, path: string): Redirection {
  return { type: 'Redirection', fd, operator: '>>', target: word(path) };
}

function writes({ operator }: Redirection): boolean {
  return operator.includes('>');
}

/** `exec >file` moves the output of all that follows: then it stays as the script wants it. */
function redirectsItself(ast: ScriptNode): boolean {
  return nodesOf(ast).some((node) => {
    if (node['type'] !== 'SimpleCommand') return false;
    const { name, args, redirections } = node as unknown as SimpleCommandNode;
    return literal(name) === 'exec' && args.length === 0 && redirections.length > 0;
  });
}

function addBreath(node: Record<string, unknown>): void {
  // A condition's own exit code is that of its last command.
  if (node['type'] === 'While' || node['type'] === 'Until')
    (node['condition'] as StatementNode[]).unshift(statement(simple(breathe)));
  else if (node['type'] === 'For' || node['type'] === 'CStyleFor')
    (node['body'] as StatementNode[]).unshift(statement(simple(breathe)));
}

function startInBackground(node: StatementNode): void {
  if (!node.background) return;
  const script = serialize({ type: 'Script', statements: [{ ...node, background: false }] });
  node.pipelines = statement(simple(background, script)).pipelines;
  node.operators = [];
  node.background = false;
}

function changeCommands(pipeline: PipelineNode): void {
  const [follower, ...readers] = pipeline.commands;
  if (readers.length > 0 && follower?.type === 'SimpleCommand' && followsFiles(follower)) {
    const read = { ...statement(follower), pipelines: [{ ...pipeline, negated: false, commands: readers }] };
    pipeline.commands = [followed(follower, serialize({ type: 'Script', statements: [read] }))];
    return;
  }
  const commands = pipeline.commands.map((each) => (each.type === 'SimpleCommand' ? changed(each) : each));
  // What a pipe brings is for the first that reads it: further files are asked for before the pipe begins.
  const [first, ...others] = commands;
  const files = others.flatMap(filesOf);
  if (!first) return;
  const own = filesOf(first);
  pipeline.commands = [own.length > 0 ? checked(statement(first), own) : first, ...others];
  if (files.length === 0) return;
  const whole = { ...statement(first), pipelines: [{ ...pipeline, negated: false }] };
  pipeline.commands = [checked(whole, files)];
  delete pipeline.pipeStderr;
}

/** A pipe's later commands begin when its first has ended, which `tail -f` never does: it runs them itself. */
function followed(node: SimpleCommandNode, readers: string): SimpleCommandNode {
  return { ...simple(follow), args: [quoted(readers), ...node.args], redirections: node.redirections };
}

function followsFiles({ name, args }: SimpleCommandNode): boolean {
  return literal(name) === 'tail' && args.some((arg) => /^-\d*[fF]$|^--follow$/.test(literal(arg) ?? ''));
}

function changed(node: SimpleCommandNode): CommandNode {
  const name = literal(node.name);
  if (name === 'wait') return { ...simple(waitForAll), redirections: node.redirections };
  if (name !== 'exec' || node.args.length === 0) return node;
  return { type: 'Group', body: [statement(node), statement(simple('exit'))], redirections: [] };
}

/** The files that a command's own redirections open for writing. */
function filesOf(node: CommandNode): WordNode[] {
  if (node.type === 'FunctionDef' || (node.type === 'SimpleCommand' && literal(node.name) === 'exec')) return [];
  return node.redirections.flatMap(({ operator, target }) =>
    target.type === 'Word' && /^&?>[>|]?$/.test(operator) && isPlain(target) ? [target] : [],
  );
}

/** `command >file` becomes `if may-write file; then command >file; else false; fi`. */
function checked(body: StatementNode, files: WordNode[]): CommandNode {
  const condition = [statement({ ...simple(mayWrite), args: files })];
  const clauses = [{ condition, body: [body] }];
  return { type: 'If', clauses, elseBody: [statement(simple('false'))], redirections: [] };
}

/** Whether a word may be expanded twice. */
function isPlain(target: WordNode): boolean {
  return nodesOf(target).every(({ type }) => type !== 'CommandSubstitution' && type !== 'ArithmeticExpansion');
}

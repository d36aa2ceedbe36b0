import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Size, Terminal, TerminalOutput } from '../contract/terminal.ts';
import { HaechiError } from '../errors.ts';
import type { TerminalService, TerminalView, WorkspaceSetup } from './service.ts';
import type { Shell } from './shell.ts';
import { makeTools } from './tools.ts';
import { Workspace } from './workspace.ts';

/** Numeric users for sandboxes when the platform is root, one for each workspace: no account of the host has them. */
const firstOwner = 210_000;
const owners = 10_000;

/** The most that a script run for the content proof may print. */
const mostOutput = 4 * 1024 * 1024;

export interface SandboxServiceOptions {
  /** Kept between starts. When the platform is root, other users must be able to reach it. */
  folder: string;
  /** The program to give to learners. */
  kubectl: string;
}

/** Shells in bubblewrap sandboxes on this machine. */
export class SandboxService implements TerminalService {
  readonly containment = { contained: true } as const;
  readonly #options: SandboxServiceOptions;
  readonly #workspaces = new Map<string, Workspace>();
  readonly #listeners = new Set<(terminal: Terminal) => void>();
  readonly #runs = new Set<AbortController>();

  private constructor(options: SandboxServiceOptions) {
    this.#options = options;
  }

  /** @throws HaechiError `no-sandbox` when bubblewrap is missing or this machine refuses its namespaces. */
  static async open(options: SandboxServiceOptions): Promise<SandboxService> {
    await mkdir(options.folder, { recursive: true, mode: 0o711 });
    await chmod(options.folder, 0o711);
    await makeTools(join(options.folder, 'tools'), options.kubectl);
    const service = new SandboxService(options);
    for (const name of readdirSync(options.folder)) {
      if (existsSync(join(options.folder, name, 'workspace.json'))) service.#workspace(name);
    }
    await service.#tryOut();
    return service;
  }

  async prepare(setup: WorkspaceSetup): Promise<void> {
    await this.#workspace(setup.attempt).prepare(setup);
  }

  async reset(setup: WorkspaceSetup): Promise<void> {
    const workspace = this.#workspace(setup.attempt);
    await workspace.reset();
    await workspace.prepare(setup);
  }

  async remove(attempt: string): Promise<void> {
    const workspace = this.#workspaces.get(attempt);
    this.#workspaces.delete(attempt);
    await workspace?.remove();
  }

  list(attempt: string): Terminal[] {
    return [...(this.#workspaces.get(attempt)?.shells.values() ?? [])].map(({ terminal }) => terminal);
  }

  attemptOf(terminal: string): string {
    return this.#shell(terminal).terminal.attempt;
  }

  open(attempt: string, size: Size): Promise<Terminal> {
    const workspace = this.#workspaces.get(attempt);
    if (!workspace) return Promise.reject(new HaechiError('not-found', { what: `workspace ${attempt}` }));
    const terminal = workspace.open(size);
    this.#tell(terminal);
    return Promise.resolve(terminal);
  }

  attach(terminal: string, after: number, write: (output: TerminalOutput) => void): TerminalView {
    const shell = this.#shell(terminal);
    return { terminal: shell.terminal, ...shell.attach(after, write) };
  }

  write(terminal: string, data: string): void {
    this.#shell(terminal).write(data);
  }

  resize(terminal: string, size: Size): void {
    this.#shell(terminal).resize(size);
  }

  async close(terminal: string): Promise<void> {
    const shell = this.#shell(terminal);
    await shell.end();
    this.#workspaces.get(shell.terminal.attempt)?.shells.delete(terminal);
    shell.delete();
  }

  onChange(listener: (terminal: Terminal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(attempt: string, script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    const abort = new AbortController();
    this.#runs.add(abort);
    const [file, args] = this.#workspace(attempt).command(['/bin/bash', '-c', `exec 2>&1\n${script}`]);
    try {
      return await execute(file, args, AbortSignal.any([signal, abort.signal]));
    } finally {
      this.#runs.delete(abort);
    }
  }

  async stop(): Promise<void> {
    for (const run of this.#runs) run.abort();
    await Promise.all([...this.#workspaces.values()].map((workspace) => workspace.stop()));
    this.#workspaces.clear();
  }

  #workspace(attempt: string): Workspace {
    const known = this.#workspaces.get(attempt);
    if (known) return known;
    const workspace = new Workspace({
      attempt,
      folder: join(this.#options.folder, attempt),
      tools: join(this.#options.folder, 'tools'),
      owner: process.getuid?.() === 0 ? this.#freeOwner() : undefined,
      onChange: (terminal) => this.#tell(terminal),
    });
    this.#workspaces.set(attempt, workspace);
    return workspace;
  }

  #freeOwner(): number {
    const taken = new Set([...this.#workspaces.values()].map(({ owner }) => owner));
    for (let index = 0; index < owners; index++) if (!taken.has(firstOwner + index)) return firstOwner + index;
    throw new HaechiError('no-sandbox', { reason: `${owners} workspaces are open` });
  }

  #shell(terminal: string): Shell {
    const shell = this.#workspaces.get(terminal.split('.')[0] ?? '')?.shells.get(terminal);
    if (!shell) throw new HaechiError('not-found', { what: `terminal ${terminal}` });
    return shell;
  }

  #tell(terminal: Terminal): void {
    for (const listener of this.#listeners) listener(terminal);
  }

  /** Starts a sandbox once, so that what is missing is said now and not to the first learner. */
  async #tryOut(): Promise<void> {
    const attempt = 'try-out';
    const blocked = process.getuid?.() === 0 ? blockedBy(this.#options.folder) : undefined;
    if (blocked) throw new HaechiError('no-sandbox', { reason: `other users can't reach ${blocked}` });
    try {
      const [file, args] = this.#workspace(attempt).command(['/bin/true']);
      const { exitCode, output } = await execute(file, args, AbortSignal.timeout(10_000));
      if (exitCode !== 0) throw new HaechiError('no-sandbox', { reason: output.trim() || `it ended with ${exitCode}` });
    } finally {
      await this.remove(attempt);
    }
  }
}

/** The first folder above that users other than its owner can't pass through. */
export function blockedBy(folder: string): string | undefined {
  for (let each = folder; ; each = dirname(each)) {
    if ((statSync(each).mode & 0o001) === 0) return each;
    if (each === dirname(each)) return undefined;
  }
}

function execute(file: string, args: string[], signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
  const options = { signal, maxBuffer: mostOutput, env: { PATH: process.env['PATH'] } };
  return new Promise((resolve, reject) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      if (!error) resolve({ exitCode: 0, output: stdout + stderr });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output: stdout + stderr });
      else if (isMissing(error)) reject(new HaechiError('no-sandbox', { reason: `${file} is not installed` }));
      else reject(error instanceof Error ? error : new Error('the sandbox did not start'));
    });
  });
}

function isMissing(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT';
}

import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  chmodSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import type { Terminal } from '../contract/terminal.ts';
import { HaechiError } from '../errors.ts';
import { Forwarder } from './forwarder.ts';
import { apiServerOf, sandboxKubeconfig } from './kubeconfig.ts';
import { sandboxCommand } from './sandbox.ts';
import type { WorkspaceSetup } from './service.ts';
import { Shell } from './shell.ts';

const Meta = z.object({
  owner: z.number().optional(),
  nextTerminal: z.number(),
  variables: z.record(z.string(), z.string()),
});
type Meta = z.infer<typeof Meta>;

/** How many shells an attempt may have at once. */
const mostTerminals = 64;

/** One attempt's home folder, its way to the API server, and its shells. */
export class Workspace {
  readonly attempt: string;
  readonly shells = new Map<string, Shell>();
  readonly #folder: string;
  readonly #tools: string;
  readonly #onChange: (terminal: Terminal) => void;
  #meta: Meta;
  #forwarder: Forwarder | undefined;

  /** @param owner numeric user for a new workspace; one that is found again keeps its own. */
  constructor(options: {
    attempt: string;
    folder: string;
    tools: string;
    owner: number | undefined;
    onChange: (terminal: Terminal) => void;
  }) {
    this.attempt = options.attempt;
    this.#folder = options.folder;
    this.#tools = options.tools;
    this.#onChange = options.onChange;
    const kept = join(this.#folder, 'workspace.json');
    this.#meta = existsSync(kept)
      ? Meta.parse(JSON.parse(readFileSync(kept, 'utf8')))
      : { owner: options.owner, nextTerminal: 1, variables: {} };
    for (const name of ['home', 'run', 'terminals'])
      mkdirSync(join(this.#folder, name), { recursive: true, mode: 0o700 });
    this.#own(this.#folder, join(this.#folder, 'home'), join(this.#folder, 'run'));
    for (const file of readdirSync(join(this.#folder, 'terminals')).filter((name) => /^\d+$/.test(name)))
      this.#restore(Number(file));
  }

  get owner(): number | undefined {
    return this.#meta.owner;
  }

  /** Writes the kubeconfig, opens the way to the API server, and puts the lab's files into the home folder if they aren't there. */
  async prepare(setup: WorkspaceSetup): Promise<void> {
    this.#meta.variables = { ...setup.variables, HAECHI_NAMESPACE: setup.mainNamespace };
    this.#save();
    const kubeconfig = join(this.#folder, 'run', 'kubeconfig');
    writeFileSync(`${kubeconfig}.new`, sandboxKubeconfig(setup.kubeconfig), { mode: 0o600 });
    this.#own(`${kubeconfig}.new`);
    renameSync(`${kubeconfig}.new`, kubeconfig);
    for (const { path, text, executable } of setup.files) this.#put(path, text, executable);
    await this.#forwarder?.close();
    this.#forwarder = await Forwarder.open(
      join(this.#folder, 'run', 'api.sock'),
      apiServerOf(setup.kubeconfig),
      this.#meta.owner,
    );
  }

  open(size: Terminal['size']): Terminal {
    const running = [...this.shells.values()].filter(({ terminal }) => terminal.state === 'running').length;
    if (running >= mostTerminals) throw new HaechiError('too-many-terminals', { most: mostTerminals });
    const number = this.#meta.nextTerminal++;
    this.#save();
    const terminal: Terminal = {
      id: `${this.attempt}.${number}`,
      attempt: this.attempt,
      number,
      state: 'running',
      exitCode: null,
      size,
    };
    const shell = new Shell({
      terminal,
      path: this.#pathOf(number),
      command: this.command([]),
      cwd: '/',
      onChange: this.#onChange,
    });
    this.shells.set(terminal.id, shell);
    return shell.terminal;
  }

  /** The command line that runs something in this workspace's sandbox; nothing for the interactive shell. */
  command(command: readonly string[]): [file: string, args: string[]] {
    return sandboxCommand(
      {
        home: join(this.#folder, 'home'),
        run: join(this.#folder, 'run'),
        tools: this.#tools,
        owner: this.#meta.owner,
        variables: this.#meta.variables,
      },
      command,
    );
  }

  /** Ends the shells and empties the home folder. */
  async reset(): Promise<void> {
    await this.#endAll();
    for (const shell of this.shells.values()) shell.delete();
    this.shells.clear();
    rmSync(join(this.#folder, 'home'), { recursive: true, force: true });
    mkdirSync(join(this.#folder, 'home'), { mode: 0o700 });
    this.#own(join(this.#folder, 'home'));
  }

  /** Ends the shells; what is kept stays for the next start. */
  async stop(): Promise<void> {
    await this.#endAll();
    for (const shell of this.shells.values()) shell.close();
    this.shells.clear();
    await this.#forwarder?.close();
    this.#forwarder = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #endAll(): Promise<void> {
    await Promise.all([...this.shells.values()].map((shell) => shell.end()));
  }

  #restore(number: number): void {
    const terminal: Terminal = {
      id: `${this.attempt}.${number}`,
      attempt: this.attempt,
      number,
      state: 'ended',
      exitCode: null,
      size: { columns: 80, rows: 24 },
    };
    this.shells.set(
      terminal.id,
      new Shell({ terminal, path: this.#pathOf(number), cwd: '/', onChange: this.#onChange }),
    );
  }

  #put(path: string, text: string, executable: boolean): void {
    const home = join(this.#folder, 'home');
    const file = join(home, path);
    if (relative(home, file).startsWith('..') || existsSync(file)) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, executable ? 0o755 : 0o644);
    for (let each = file; each !== home; each = dirname(each)) this.#own(each);
  }

  #own(...paths: string[]): void {
    const { owner } = this.#meta;
    if (owner !== undefined) for (const path of paths) chownSync(path, owner, owner);
  }

  #save(): void {
    writeFileSync(join(this.#folder, 'workspace.json'), JSON.stringify(this.#meta), { mode: 0o600 });
  }

  #pathOf(number: number): string {
    return join(this.#folder, 'terminals', String(number));
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createTerminalService, type TerminalServiceOptions } from '../../../server/terminal/sandbox-service.ts';
import type { TerminalService, WorkspaceSetup } from '../../../server/terminal/service.ts';
import { Client } from './client.ts';

/** Says what it was asked; contract tests use the real one. */
const fakeKubectl = `#!/bin/sh
if [ "$1" = completion ]; then echo '__start_kubectl() { COMPREPLY=(); }'; else echo "kubectl $*"; fi
`;

/** A terminal service in a folder of its own, with what a test needs around it. */
export class Workshop {
  readonly folder: string;
  service: TerminalService;
  readonly #options: TerminalServiceOptions;

  private constructor(folder: string, service: TerminalService, options: TerminalServiceOptions) {
    this.folder = folder;
    this.service = service;
    this.#options = options;
  }

  static async open(options: Partial<TerminalServiceOptions> = {}): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), 'haechi-terminal-'));
    const kubectl = join(folder, 'kubectl');
    await writeFile(kubectl, fakeKubectl, { mode: 0o755 });
    const all = { dataFolder: join(folder, 'data'), kubectl, log: pino({ level: 'silent' }), ...options };
    return new Workshop(folder, await createTerminalService(all), all);
  }

  /** Stops the service and starts another on the same folder. */
  async restart(): Promise<void> {
    await this.service.stop();
    this.service = await createTerminalService(this.#options);
  }

  async close(): Promise<void> {
    await this.service.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  id(name: string): string {
    return name;
  }

  setup(name: string): Promise<WorkspaceSetup> {
    return Promise.resolve(setupOf(name));
  }

  /** Opens a terminal and waits for its prompt. */
  async terminal(attempt: string): Promise<Client> {
    const { id } = await this.service.open(attempt, { columns: 200, rows: 40 });
    const client = new Client(this.service, id).attach();
    await client.until('$ ');
    return client;
  }
}

export function setupOf(attempt: string, changes: Partial<WorkspaceSetup> = {}): WorkspaceSetup {
  return {
    attempt,
    kubeconfig: kubeconfigFor('https://127.0.0.1:1'),
    mainNamespace: 'production',
    variables: { PRODUCTION: 'production' },
    files: [{ path: 'shop/policy.yaml', text: 'kind: NetworkPolicy\n', executable: false }],
    reaches: [],
    ...changes,
  };
}

export function kubeconfigFor(server: string): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: haechi, cluster: {server: "${server}", certificate-authority-data: Y2E=}}]
users: [{name: learner, user: {token: secret}}]
contexts: [{name: lab, context: {cluster: haechi, user: learner}}]
current-context: lab
`;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { writeKubeconfig } from '../../../server/cluster/embedded/kubeconfig.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import type { Attempt } from '../../../server/contract/attempt.ts';
import type { Answer, ClientToServer, ServerToClient } from '../../../server/contract/events.ts';
import type { Terminal } from '../../../server/contract/terminal.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'server', 'main.js');

/** The platform as a process of its own. */
export class PlatformProcess {
  readonly #child: ChildProcess;
  /** Everything that it wrote so far. */
  output = '';

  constructor(dataFolder: string, args: readonly string[] = ['--port', '0']) {
    this.#child = spawn(process.execPath, [main, '--cluster', 'embedded', '--data', dataFolder, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => (this.output += data.toString()));
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get url(): string {
    return /Haechi is at (\S+)/.exec(this.output)?.[1] ?? '';
  }

  /** Resolves when labs can be started. */
  async ready(): Promise<void> {
    while (!this.output.includes('Ready:')) {
      if (this.#child.exitCode !== null) throw new Error(`the platform ended: ${this.output}`);
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), once(this.#child, 'exit')]);
    }
  }

  /** Resolves with its exit code, null after a signal; and with how long that took. */
  async end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<{ code: number | null; milliseconds: number }> {
    const began = performance.now();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      if (signal) this.#child.kill(signal);
      await exit;
    }
    return { code: this.#child.exitCode, milliseconds: performance.now() - began };
  }

  /** A request to its REST API. */
  async request<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}/api${path}`, {
      method,
      headers: { 'x-haechi': '1', 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async attempt(id: string): Promise<Attempt | undefined> {
    return (await this.request<Attempt[]>('GET', '/attempts')).find((attempt) => attempt.id === id);
  }

  /** A page's connection; the caller closes it. */
  connect(): Socket<ServerToClient, ClientToServer> {
    return io(this.url, { transports: ['websocket'] });
  }
}

/** Opens a shell of an attempt. */
export async function openShell(page: Socket<ServerToClient, ClientToServer>, attempt: string): Promise<Terminal> {
  return valueOf(await page.emitWithAck('terminal:open', { attempt, size: { columns: 80, rows: 24 } }));
}

export function valueOf<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(answer.problem.message.en);
  return answer.value;
}

/** The administrator's connection to the cluster of a data folder; the caller closes it. */
export async function administratorOf(dataFolder: string): Promise<Kube> {
  const read = (...path: string[]) => readFile(join(dataFolder, 'cluster', ...path), 'utf8');
  return new Kube(
    writeKubeconfig({
      server: `https://127.0.0.1:${await read('port')}`,
      certificateAuthority: await read('certificates', 'cluster-ca.crt'),
      user: 'administrator',
      credentials: {
        certificate: await read('certificates', 'administrator.crt'),
        key: await read('certificates', 'administrator.key'),
      },
    }),
  );
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const main = join(import.meta.dirname, '..', '..', 'server', 'main.js');

/** The platform as a process of its own, as `npm start` runs it. */
export class PlatformProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Resolves when labs can be started. @param port 0 for any free one. */
  static async start(dataFolder: string, port = 0): Promise<PlatformProcess> {
    const child = spawn(
      process.execPath,
      [main, '--cluster', 'embedded', '--port', String(port), '--data', dataFolder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    const ready = new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const url = /Haechi is at (\S+)/.exec(said)?.[1];
        if (url && said.includes('Ready:')) resolve(url);
      });
      child.once('exit', (code) => reject(new Error(`the platform ended with ${code}: ${said}`)));
    });
    return new PlatformProcess(child, await ready);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const run = promisify(execFile);
export const deploy = join(import.meta.dirname, '..', '..', '..', 'deploy');

export interface Kubectl {
  kubeconfig: string;
  /** Runs it as the cluster's administrator; resolves with both streams, rejects when it fails. */
  (...args: string[]): Promise<{ stdout: string; stderr: string }>;
  /** The NetworkPolicy that `deploy/api-server-policy` writes for the cluster. */
  apiServerPolicy(): Promise<string>;
  close(): Promise<void>;
}

/** The project's kubectl, with a kubeconfig of its own. @param text the kubeconfig; the project's cluster's if not given. */
export async function openKubectl(text = inject('kubeconfig')): Promise<Kubectl> {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-deploy-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, text, { mode: 0o600 });
  const program = inject('kubectl');
  const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: `${dirname(program)}:${process.env['PATH'] ?? ''}` };
  const kubectl = (...args: string[]) => run(program, args, { env, maxBuffer: 2 ** 26 });
  return Object.assign(kubectl, {
    kubeconfig,
    apiServerPolicy: async () => (await run(join(deploy, 'api-server-policy'), [], { env })).stdout,
    close: () => rm(folder, { recursive: true }),
  });
}

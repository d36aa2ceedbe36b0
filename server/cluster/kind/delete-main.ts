import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain } from './explain.ts';
import { clusterName } from './names.ts';
import { listNodes } from './nodes.ts';
import { runTool } from './run-tool.ts';
import { checkTools } from './tools.ts';

/** `npm run cluster:delete`: removes the kind cluster, whole or half-created, with all that is in it. */
async function main(): Promise<void> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const options = { environment: process.env, signal: abort.signal };
  await checkTools(process.env, abort.signal);
  try {
    const nodes = await listNodes(options);
    if (nodes.length === 0) {
      process.stdout.write(`There is no kind cluster "${clusterName}".\n`);
      return;
    }
    // The user's own kubeconfig never had it.
    const folder = await mkdtemp(join(tmpdir(), 'haechi-kind-'));
    try {
      await runTool(
        'kind',
        ['delete', 'cluster', '--name', clusterName, '--kubeconfig', join(folder, 'kubeconfig')],
        options,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    process.stdout.write(`Deleted the kind cluster "${clusterName}" (${nodes.map(({ name }) => name).join(', ')}).\n`);
  } catch (error) {
    throw explain(error);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

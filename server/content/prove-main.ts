import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCluster } from '../cluster/open-cluster.ts';
import { readCommandLine, tellHelp } from '../command-line.ts';
import { Console } from '../console.ts';
import { openEnvironment } from '../environment.ts';
import { openLog } from '../log.ts';
import { createTerminalService } from '../terminal/sandbox-service.ts';
import { loadContent } from './load.ts';
import { proveAll } from './prove-all.ts';
import type { Proof } from './prove.ts';

/** How many labs are proved at the same time: much of it is waiting, but real pods take their time to start on a busy node. */
const sideBySide = { simulated: 9, real: 2 };

/**
 * `npm run labs [-- OPTIONS LAB…]`: proves every lab (or those whose id contains a given word) on a fresh embedded cluster,
 * or on the one that `--cluster` names.
 */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (tellHelp(args, 'npm run labs -- [LAB…]', process.stdout)) return;
  const { config, words: wanted } = readCommandLine(args, process.env);
  const content = await loadContent(join(import.meta.dirname, '..', '..'));
  const labs = [...content.labs.values()].filter(
    ({ id }) => wanted.length === 0 || wanted.some((word) => id.includes(word)),
  );
  const folder = await mkdtemp(join(tmpdir(), 'haechi-labs-'));
  const log = openLog('info', join(folder, 'haechi.log'));
  const cluster = await openCluster(
    { ...config, cluster: config.cluster ?? 'embedded', dataFolder: folder },
    { log, throwaway: true },
  );
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => abort.abort(new Error('Interrupted.')));
  cluster.lost?.addEventListener('abort', () => abort.abort(cluster.lost?.reason));
  new Console(process.stderr).watch(cluster);
  const began = Date.now();
  const proofs: Proof[] = [];
  try {
    const environment = await openEnvironment(
      cluster,
      (kubectl) => createTerminalService({ kubectl, dataFolder: join(folder, 'terminals'), log }),
      log,
      abort.signal,
    );
    try {
      const tell = (proof: Proof) => {
        proofs.push(proof);
        process.stdout.write(`${row(proof)}\n`);
      };
      await proveAll(
        labs,
        cluster.kind === 'embedded' ? sideBySide.simulated : sideBySide.real,
        tell,
        environment,
        abort.signal,
      );
    } finally {
      await environment.stop();
    }
  } finally {
    await cluster.stop();
  }
  const broken = proofs.filter(({ holds }) => !holds);
  if (broken.length === 0) await rm(folder, { recursive: true, force: true });
  else
    process.stdout.write(
      `\nWhat does not hold (logs in ${folder}):\n${broken.map((proof) => `- ${proof.lab} ${proof.claim}: ${proof.seen}`).join('\n')}\n`,
    );
  process.stdout.write(
    `\n${proofs.length - broken.length} of ${proofs.length} claims of ${labs.length} labs hold (${((Date.now() - began) / 1000).toFixed(1)} s)\n`,
  );
  process.exitCode = broken.length === 0 && proofs.length > 0 ? 0 : 1;
}

function row({ lab, claim, holds, milliseconds }: Proof): string {
  return `${holds ? 'holds ' : 'BROKEN'}  ${lab.padEnd(36)} ${claim.padEnd(40)} ${String(milliseconds).padStart(6)} ms`;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

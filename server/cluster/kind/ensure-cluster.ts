import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HaechiError } from '../../errors.ts';
import { beginStep, type OnProgress } from '../report.ts';
import { Kube } from '../kube.ts';
import { awaitNodes } from './await-nodes.ts';
import { explain } from './explain.ts';
import { has } from './images/docker-images.ts';
import { clusterName, configPath, leastMemoryBytes } from './names.ts';
import { nodeImage } from './node-image.ts';
import { listNodes } from './nodes.ts';
import { runTool, ToolError, type ToolOptions } from './run-tool.ts';
import { stepTeller } from './steps.ts';
import type { Tools } from './tools.ts';

/** From containers that run to nodes that are ready. */
const readyWithinMs = 180_000;

/**
 * Makes sure that the cluster is there and runs: creates it when there is none, starts its containers when they stopped
 * with the machine. What is there is never recreated. Aborting leaves no process behind, but what of a cluster has been
 * created by then.
 * @returns its kubeconfig, YAML text
 * @throws HaechiError `node-memory-short`, `node-port-in-use`, `image-unavailable`, `kind-cluster-incomplete`,
 *   `kind-cluster-not-ready`, `docker-denied`, `docker-not-running`, `tool-failed`; the signal's reason
 */
export async function ensureCluster(tools: Tools, options: ToolOptions, onProgress: OnProgress): Promise<string> {
  try {
    const nodes = await listNodes(options);
    if (nodes.length === 0) await create(tools, options, onProgress);
    else {
      const stopped = nodes.filter(({ state }) => state !== 'running').map(({ name }) => name);
      if (stopped.length > 0) await start(stopped, tools, options, onProgress);
    }
    const kubeconfig = await readKubeconfig(options);
    beginStep(onProgress, 'wait-for-nodes', { ko: '노드가 준비되기를 기다리기', en: 'Waiting for the nodes' });
    const names = (await listNodes(options)).map(({ name }) => name);
    const kube = new Kube(kubeconfig);
    try {
      await awaitNodes(kube, names, readyWithinMs, options.signal);
    } finally {
      await kube.close();
    }
    return kubeconfig;
  } catch (error) {
    options.signal.throwIfAborted();
    throw explain(error);
  }
}

async function create(tools: Tools, options: ToolOptions, onProgress: OnProgress): Promise<void> {
  checkMemory(tools);
  // kind would make the new cluster the current one of the user's own kubeconfig.
  const folder = await mkdtemp(join(tmpdir(), 'haechi-kind-'));
  const teller = stepTeller(onProgress);
  try {
    const image = await imageArguments(options);
    const args = ['create', 'cluster', '--name', clusterName, '--config', configPath, '--wait', '5m', ...image];
    await runTool('kind', [...args, '--kubeconfig', join(folder, 'kubeconfig')], { ...options, onErrorLine: teller });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An archive of images keeps no digests: where only that brought the node image, it goes by its tag. */
async function imageArguments(options: ToolOptions): Promise<string[]> {
  const image = await nodeImage();
  const [tag = image] = image.split('@');
  if ((await has(image, options)) || !(await has(tag, options))) return [];
  return ['--image', tag];
}

async function start(
  names: readonly string[],
  tools: Tools,
  options: ToolOptions,
  onProgress: OnProgress,
): Promise<void> {
  checkMemory(tools);
  beginStep(onProgress, 'start-nodes', { ko: '멈춘 노드 다시 시작', en: 'Starting the nodes again' });
  await runTool('docker', ['start', ...names], options);
}

/** What kind can't read was never finished: the control plane writes it when it is set up. */
async function readKubeconfig(options: ToolOptions): Promise<string> {
  try {
    return await runTool('kind', ['get', 'kubeconfig', '--name', clusterName], options);
  } catch (error) {
    const unfinished = /could not locate any control plane nodes|failed to get cluster internal kubeconfig/;
    if (!(error instanceof ToolError) || !unfinished.test(error.output)) throw error;
    throw new HaechiError('kind-cluster-incomplete', { missing: 'kubeconfig' }, { cause: error });
  }
}

function checkMemory({ memoryBytes }: Tools): void {
  if (memoryBytes >= leastMemoryBytes) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new HaechiError('node-memory-short', { found: gigabytes(memoryBytes), least: gigabytes(leastMemoryBytes) });
}

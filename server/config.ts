import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ClusterKind } from './contract/cluster-status.ts';

const Port = z.coerce.number().int().min(0).max(65535);

/** What the platform is told at its start: options win over the environment. */
const Config = z.object({
  /** Where it listens. Only loopback addresses: nobody logs in. */
  host: z.enum(['127.0.0.1', '::1', 'localhost']),
  /** 0 for any free one. */
  port: Port,
  /** Health, readiness and metrics are asked for here; on no port if not given. 0 for any free one. */
  metricsPort: Port.optional(),
  metricsHost: z.union([z.ipv4(), z.ipv6()]),
  dataFolder: z.string().min(1),
  /** Where labs run; chosen by what is there if not given. */
  cluster: ClusterKind.optional(),
  /** For `existing`: a file; KUBECONFIG's, else ~/.kube/config if not given. */
  kubeconfig: z.string().min(1).optional(),
  /** For `existing`: a context of it; the current one if not given. */
  context: z.string().min(1).optional(),
  /** A folder with etcd, kube-apiserver, kube-controller-manager and kubectl; else they are found or built. */
  programsDir: z.string().min(1).optional(),
  /** Where the release files of Kubernetes and etcd come from instead of their publishers. */
  mirror: z.url({ protocol: /^https?$/ }).optional(),
  /** Where shells run: in sandboxes of this machine, or in a pod for each attempt; the cluster's kind says if not given. */
  terminals: z.enum(['sandbox', 'pod']).optional(),
  /** For `pod`: what the workbench image is called, where it is not under its own name. */
  workbenchImage: z.string().min(1).optional(),
  /** On real nodes: whether they keep lab pods from other attempts, other pods, nodes and metadata. */
  nodeNetwork: z.enum(['on', 'off']),
  /** What the image is called that does it, where it is not under its own name. */
  nodeNetworkImage: z.string().min(1).optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
});
export type Config = z.infer<typeof Config>;

/** What each is called on the command line. */
const optionNames: Record<string, string> = {
  metricsPort: 'metrics-port',
  metricsHost: 'metrics-host',
  dataFolder: 'data',
  programsDir: 'programs',
  logLevel: 'log',
  workbenchImage: 'workbench-image',
  nodeNetwork: 'node-network',
  nodeNetworkImage: 'node-network-image',
};

/** @throws Error whose message names the option and what it may be. */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv): Config {
  return readCommandLine(args, environment, false).config;
}

/**
 * @param allowWords whether words that belong to no option are allowed.
 * @throws Error whose message names the option and what it may be.
 */
export function readCommandLine(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  allowWords = true,
): { config: Config; words: string[] } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: allowWords,
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'metrics-port': { type: 'string' },
      'metrics-host': { type: 'string' },
      data: { type: 'string' },
      cluster: { type: 'string' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      programs: { type: 'string' },
      mirror: { type: 'string' },
      terminals: { type: 'string' },
      'workbench-image': { type: 'string' },
      'node-network': { type: 'string' },
      'node-network-image': { type: 'string' },
      log: { type: 'string' },
    },
  });
  const result = Config.safeParse({
    host: values.host ?? environment['HAECHI_HOST'] ?? '127.0.0.1',
    port: values.port ?? environment['HAECHI_PORT'] ?? '8088',
    metricsPort: values['metrics-port'] ?? environment['HAECHI_METRICS_PORT'],
    metricsHost: values['metrics-host'] ?? environment['HAECHI_METRICS_HOST'] ?? '127.0.0.1',
    dataFolder: values.data ?? environment['HAECHI_DATA'] ?? defaultDataFolder(environment),
    cluster: values.cluster ?? environment['HAECHI_CLUSTER'],
    kubeconfig: values.kubeconfig ?? environment['HAECHI_KUBECONFIG'],
    context: values.context ?? environment['HAECHI_CONTEXT'],
    programsDir: values.programs ?? environment['HAECHI_PROGRAMS'],
    mirror: values.mirror ?? environment['HAECHI_MIRROR'],
    terminals: values.terminals ?? environment['HAECHI_TERMINALS'],
    workbenchImage: values['workbench-image'] ?? environment['HAECHI_WORKBENCH_IMAGE'],
    nodeNetwork: values['node-network'] ?? environment['HAECHI_NODE_NETWORK'] ?? 'on',
    nodeNetworkImage: values['node-network-image'] ?? environment['HAECHI_NODE_NETWORK_IMAGE'],
    logLevel: values.log ?? environment['HAECHI_LOG'] ?? 'info',
  });
  if (result.success) return { config: result.data, words: positionals };
  const problems = result.error.issues.map(({ path: [key = ''], message }) => {
    const name = String(key);
    return `--${optionNames[name] ?? name}: ${message}`;
  });
  throw new Error(problems.join('\n'));
}

function defaultDataFolder(environment: NodeJS.ProcessEnv): string {
  return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'haechi');
}

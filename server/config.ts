import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const Port = z.coerce.number().int().min(0).max(65535);

/** What the platform is told at its start: options win over the environment. */
const Config = z.object({
  /** Where it listens. Only loopback addresses: nobody logs in. */
  host: z.enum(['127.0.0.1', '::1', 'localhost']),
  /** 0 for any free one. */
  port: Port,
  dataFolder: z.string().min(1),
  cluster: z.enum(['embedded']),
  /** A folder with etcd, kube-apiserver, kube-controller-manager and kubectl; else they are found or built. */
  programsDir: z.string().min(1).optional(),
  /** Where the release files of Kubernetes and etcd come from instead of their publishers. */
  mirror: z.url({ protocol: /^https?$/ }).optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
});
export type Config = z.infer<typeof Config>;

/** What each is called on the command line. */
const optionNames: Record<string, string> = { dataFolder: 'data', programsDir: 'programs', logLevel: 'log' };

/** @throws Error whose message names the option and what it may be. */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv): Config {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      data: { type: 'string' },
      cluster: { type: 'string' },
      programs: { type: 'string' },
      mirror: { type: 'string' },
      log: { type: 'string' },
    },
  });
  const result = Config.safeParse({
    host: values.host ?? environment['HAECHI_HOST'] ?? '127.0.0.1',
    port: values.port ?? environment['HAECHI_PORT'] ?? '8088',
    dataFolder: values.data ?? environment['HAECHI_DATA'] ?? defaultDataFolder(environment),
    cluster: values.cluster ?? environment['HAECHI_CLUSTER'] ?? 'embedded',
    programsDir: values.programs ?? environment['HAECHI_PROGRAMS'],
    mirror: values.mirror ?? environment['HAECHI_MIRROR'],
    logLevel: values.log ?? environment['HAECHI_LOG'] ?? 'info',
  });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: [key = ''], message }) => {
    const name = String(key);
    return `--${optionNames[name] ?? name}: ${message}`;
  });
  throw new Error(problems.join('\n'));
}

function defaultDataFolder(environment: NodeJS.ProcessEnv): string {
  return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'haechi');
}

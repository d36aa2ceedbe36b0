import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { HaechiError } from '../../errors.ts';
import { mountedAccount } from './service-account.ts';

const Text = z.string().nullish();
const Cluster = z.looseObject({
  name: z.string(),
  cluster: z.looseObject({
    server: z.url({ protocol: /^https?$/ }),
    'certificate-authority': Text,
    'certificate-authority-data': Text,
  }),
});
const Context = z.looseObject({
  name: z.string(),
  context: z.looseObject({ cluster: z.string(), user: z.string().optional() }),
});
const User = z.looseObject({
  name: z.string(),
  user: z
    .looseObject({
      'client-certificate': Text,
      'client-certificate-data': Text,
      'client-key': Text,
      'client-key-data': Text,
      tokenFile: Text,
      exec: z.looseObject({ command: z.string() }).nullish(),
    })
    .nullish(),
});
const Kubeconfig = z.looseObject({
  clusters: z.array(Cluster).nullish(),
  contexts: z.array(Context).nullish(),
  users: z.array(User).nullish(),
  'current-context': Text,
});

export interface ChosenContext {
  /** The context's name. */
  name: string;
  server: string;
  /** Where it was read: a path, or several. */
  from: string;
  /** What is run to get credentials; null for none. */
  command: string | null;
  /** YAML of a kubeconfig with this context alone, that names no other file but what it runs for credentials. */
  text: string;
}

export interface KubeconfigOptions {
  /** A file; KUBECONFIG's files, else ~/.kube/config if not given. */
  kubeconfig?: string | undefined;
  /** A context; the current one if not given. */
  context?: string | undefined;
  /** The process's own if not given. */
  environment?: NodeJS.ProcessEnv | undefined;
  /** Where a pod's ServiceAccount is mounted, if not where kubelets do. */
  accountFolder?: string | undefined;
}

/**
 * Reads the context that names the cluster, as kubectl would find it: several files in KUBECONFIG are one, and the first
 * that has a name wins; where nothing is named and there is no file, it is the cluster that this process is a pod of.
 * @throws HaechiError `kubeconfig-missing`, `kubeconfig-unreadable`, `kubeconfig-invalid`, `context-unknown`
 */
export async function chooseContext(options: KubeconfigOptions): Promise<ChosenContext> {
  const files = filesOf(options);
  const from = files.join(', ');
  const configs = await Promise.all(files.map(readConfig));
  const found = configs.filter((config) => config !== null);
  if (found.length === 0) {
    const mounted = isNamed(options)
      ? null
      : await mountedAccount(options.environment ?? process.env, options.accountFolder);
    if (mounted !== null) return mounted;
    throw new HaechiError('kubeconfig-missing', { path: from });
  }
  const all = {
    clusters: found.flatMap(({ clusters }) => clusters ?? []),
    contexts: found.flatMap(({ contexts }) => contexts ?? []),
    users: found.flatMap(({ users }) => users ?? []),
  };
  const name = options.context ?? found.map((config) => config['current-context']).find((each) => each) ?? '';
  const context = all.contexts.find((each) => each.name === name);
  if (!context) {
    const names = [...new Set(all.contexts.map((each) => each.name))].join(', ');
    throw new HaechiError('context-unknown', { context: name || '-', path: from, contexts: names || '-' });
  }
  const cluster = all.clusters.find((each) => each.name === context.context.cluster);
  const user = all.users.find((each) => each.name === context.context.user);
  if (!cluster) {
    const reason = `the context "${name}" names the cluster "${context.context.cluster}", which is not there`;
    throw new HaechiError('kubeconfig-invalid', { path: from, reason });
  }
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [cluster],
    contexts: [context],
    users: user ? [user] : [],
    'current-context': name,
  });
  return { name, server: cluster.cluster.server, from, command: user?.user?.exec?.command ?? null, text };
}

function isNamed({ kubeconfig, context, environment = process.env }: KubeconfigOptions): boolean {
  return kubeconfig !== undefined || context !== undefined || (environment['KUBECONFIG'] ?? '') !== '';
}

function filesOf({ kubeconfig, environment = process.env }: KubeconfigOptions): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const named = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return named.length > 0 ? named : [join(environment['HOME'] ?? homedir(), '.kube', 'config')];
}

/** @returns null when there is no such file. Files that it names are read into it. */
async function readConfig(path: string): Promise<z.infer<typeof Kubeconfig> | null> {
  const text = await read(path);
  if (text === null) return null;
  const config = parseConfig(text, path);
  const folder = dirname(path);
  const inline = async (holder: Record<string, unknown>, field: string) => {
    const file = holder[field];
    if (typeof file !== 'string' || file === '') return;
    const data = await read(isAbsolute(file) ? file : join(folder, file));
    if (data === null)
      throw new HaechiError('kubeconfig-unreadable', { path: file, reason: `named by ${path}, ENOENT` });
    holder[`${field}-data`] = Buffer.from(data).toString('base64');
    Reflect.deleteProperty(holder, field);
  };
  for (const { cluster } of config.clusters ?? []) await inline(cluster, 'certificate-authority');
  for (const { user } of config.users ?? []) {
    if (!user) continue;
    await inline(user, 'client-certificate');
    await inline(user, 'client-key');
    if (user.tokenFile && !isAbsolute(user.tokenFile)) user.tokenFile = join(folder, user.tokenFile);
    // As kubectl does: a command with a slash is beside the file.
    if (user.exec?.command.includes('/') && !isAbsolute(user.exec.command)) {
      user.exec.command = join(folder, user.exec.command);
    }
  }
  return config;
}

function parseConfig(text: string, path: string): z.infer<typeof Kubeconfig> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new HaechiError('kubeconfig-invalid', { path, reason: firstLine(error) }, { cause: error });
  }
  const result = Kubeconfig.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const reason = `${issue?.path.join('.') || 'kubeconfig'}: ${issue?.message ?? ''}`;
  throw new HaechiError('kubeconfig-invalid', { path, reason });
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new HaechiError('kubeconfig-unreadable', { path, reason: firstLine(error) }, { cause: error });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.replace(/:$/, '') ?? '';
}

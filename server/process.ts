import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseCluster, type ClusterChoice } from './cluster/choose-cluster.ts';
import type { Cluster } from './cluster/cluster.ts';
import { lockDataFolder } from './cluster/embedded/data-folder.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { readConfig, tellHelp } from './command-line.ts';
import type { Config } from './config.ts';
import { Console } from './console.ts';
import { openLog, type Log } from './log.ts';
import type { Platform, PlatformObserver } from './platform.ts';

/** How long everything may take to stop in order; then the control plane is ended, and the rest is given up. */
const patienceMs = 3500;
const restMs = 1000;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The process: configuration, signals, shutdown. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (tellHelp(args, 'npm start --', process.stdout)) return;
  const config = readConfig(args, process.env);
  const lock = lockDataFolder(config.dataFolder);
  process.once('exit', () => lock.release());
  const logPath = join(config.dataFolder, 'logs', 'haechi.log');
  const log = openLog(config.logLevel, logPath);
  const choice = await choose(config);
  const cluster = await openCluster({ ...config, cluster: choice.kind }, { log, reason: choice.reason });
  const console = new Console(process.stdout);
  console.say(`Cluster: ${choice.kind}. ${choice.reason.en}`);
  const quiet = console.watch(cluster);
  const starting = start(config, cluster, log);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      console.say('Stopping…');
      const stopped = starting.then(
        (platform) => platform.stop(),
        () => undefined, // `main` says why.
      );
      await Promise.race([stopped, sleep(patienceMs)]);
      await cluster.kill();
      await Promise.race([stopped, sleep(restMs)]);
      quiet();
      process.exit();
    })();
  };
  for (const signal of signals) process.on(signal, stop);
  // The console has said why, as a problem of the cluster.
  cluster.lost?.addEventListener('abort', () => {
    process.exitCode = 1;
    stop();
  });
  const platform = await starting;
  console.say(`Haechi is at ${platform.url} (log: ${logPath})`);
  // Pages are up, and the API server is not yet. What can't be loaded, the cluster's own start tells.
  cluster.load?.().catch(() => undefined);
  await platform.ready.then(
    () => console.say('Ready: labs can be started.'),
    () => undefined, // The console has said why; the pages stay up to say it too.
  );
}

/** Asks Docker and kind, unless the user has chosen; what asks them ends with this process. */
async function choose(config: Config): Promise<ClusterChoice> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('Interrupted.'));
  for (const signal of signals) process.once(signal, interrupt);
  try {
    return await chooseCluster(config.cluster, process.env, interrupted.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** Starts the platform with its cluster, and what watches over them where that is wanted. */
async function start(config: Config, cluster: Cluster, log: Log): Promise<Platform> {
  // The control plane takes seconds to come up: it does so while the rest is loaded, which has no room for anything else.
  const underWay = whenUnderWay(cluster);
  // The platform waits for the same start, and tells how it ended.
  cluster.start(new AbortController().signal).catch(() => undefined);
  try {
    await underWay;
    const [{ loadContent }, { startPlatform }, { chooseTerminals }] = await Promise.all([
      import('./content/load.ts'),
      import('./platform.ts'),
      import('./terminal/choose-terminals.ts'),
    ]);
    const root = join(import.meta.dirname, '..');
    const { metricsHost: host, metricsPort: port } = config;
    const monitored = port === undefined ? null : await import('./monitoring/monitored.ts');
    const content = await loadContent(root);
    const begin = (observer?: PlatformObserver) =>
      startPlatform({
        observer,
        content,
        cluster,
        createTerminals: chooseTerminals(config, cluster.kind, log),
        dataFolder: config.dataFolder,
        pages: join(root, 'web', 'dist'),
        host: config.host,
        port: config.port,
        log,
      });
    return port === undefined || !monitored
      ? await begin()
      : await monitored.startMonitored(begin, { host, port, cluster, log });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Resolves when the API server has been started, or when that takes longer, or fails. */
async function whenUnderWay(cluster: Cluster): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const forget = cluster.onStatus(({ progress, components }) => {
    const soon = progress?.step === 'certificates' || progress?.step === 'etcd' || progress?.step === 'kube-apiserver';
    const started = components.some(({ name, state }) => name === 'kube-apiserver' && state !== 'stopped');
    if (started || !soon) resolve(undefined);
  });
  await promise;
  forget();
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
});

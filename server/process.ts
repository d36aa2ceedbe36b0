import { join } from 'node:path';
import { EmbeddedCluster } from './cluster/embedded/embedded.ts';
import { Console } from './console.ts';
import { readConfig } from './config.ts';
import { loadContent } from './content/load.ts';
import { openLog } from './log.ts';
import { startPlatform } from './platform.ts';
import { createTerminalService } from './terminal/sandbox-service.ts';

/** The process: configuration, signals, shutdown. */
async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env);
  const root = join(import.meta.dirname, '..');
  const content = await loadContent(root);
  const log = openLog(config.logLevel, join(config.dataFolder, 'logs', 'haechi.log'));
  const cluster = new EmbeddedCluster({
    dataFolder: config.dataFolder,
    programsDir: config.programsDir,
    mirror: config.mirror,
    log,
  });
  const console = new Console(process.stdout);
  const quiet = console.watch(cluster);
  const starting = startPlatform({
    content,
    cluster,
    createTerminals: (kubectl) =>
      createTerminalService({
        kubectl,
        dataFolder: join(config.dataFolder, 'terminals'),
        log,
        allowUncontained: true,
      }),
    dataFolder: config.dataFolder,
    pages: join(root, 'web', 'dist'),
    host: config.host,
    port: config.port,
    log,
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      console.say('Stopping…');
      await (await starting).stop();
      quiet();
      process.exit();
    })();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const platform = await starting;
  console.say(`Haechi is at ${platform.url} (log: ${join(config.dataFolder, 'logs', 'haechi.log')})`);
  await platform.ready.then(
    () => console.say('Ready: labs can be started.'),
    () => undefined, // The status printer has said why; the pages stay up to say it too.
  );
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
});

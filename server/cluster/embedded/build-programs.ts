import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { publish } from './atomic-file.ts';
import { moduleFolder } from './cache-folder.ts';
import { kubernetesVersion, programNames, type ProgramName } from './program-names.ts';
import { ownerVariable } from './leftovers.ts';
import { beginStep, type OnProgress } from '../report.ts';
import { runProgram } from './run-program.ts';

/** Go by its name, and where its own installer puts it, for a shell that hasn't been told. */
export const usualGo: readonly string[] = ['go', '/usr/local/go/bin/go'];

export interface BuildOptions {
  /** Where the programs go; it exists, and the caller holds its lock. */
  folder: string;
  /** All of them if not given. */
  names?: readonly ProgramName[];
  environment: NodeJS.ProcessEnv;
  /** Names or paths that Go may be found by, in order. */
  go: readonly string[];
  signal: AbortSignal;
  onProgress: OnProgress;
}

const controlPlane = '.';
/** The Go package of each program: those of the control plane are one program by several names. */
const packageOf: Record<ProgramName, string> = {
  etcd: controlPlane,
  'kube-apiserver': controlPlane,
  'kube-controller-manager': controlPlane,
  kubectl: './kubectl',
};

const linkerFlags = (() => {
  const version = 'k8s.io/component-base/version';
  const [major, minor] = kubernetesVersion.slice(1).split('.');
  return [
    '-s -w',
    `-X ${version}.gitVersion=${kubernetesVersion}`,
    `-X ${version}.gitMajor=${major ?? ''}`,
    `-X ${version}.gitMinor=${minor ?? ''}`,
  ].join(' ');
})();

/**
 * Builds the programs from their Go modules: minutes the first time, seconds when Go's own cache has the packages, which
 * is also how a build that was stopped goes on.
 * @throws Error whose message says what went wrong, as `Go is not installed`
 */
export async function buildPrograms(options: BuildOptions): Promise<void> {
  const { folder, signal, onProgress } = options;
  const environment = buildEnvironment(options.environment, folder);
  const go = await findGo(options.go, environment, signal);
  const run = (args: string[], onErrorLine?: (line: string) => void) =>
    runProgram(go, args, { folder: moduleFolder, environment, signal, ...(onErrorLine ? { onErrorLine } : {}) });

  const modules = beginStep(onProgress, 'modules', { ko: 'Go 모듈 받기', en: 'Fetching Go modules' });
  let fetched = 0;
  const names = options.names ?? programNames;
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', linkerFlags];
  const packages = [...new Set(names.map((name) => packageOf[name]))];
  const stale = await run(
    ['list', ...flags, '-deps', '-f', '{{if .Stale}}{{.ImportPath}}{{end}}', ...packages],
    (line) => {
      if (line.startsWith('go: downloading ')) modules({ done: ++fetched, unit: 'packages' });
    },
  );
  const total = stale.split('\n').filter((line) => line !== '').length;

  const building = beginStep(onProgress, 'build', {
    ko: `쿠버네티스 ${kubernetesVersion} 빌드`,
    en: `Building Kubernetes ${kubernetesVersion}`,
  });
  let done = 0;
  const tell = () =>
    building({ fraction: total > 0 ? Math.min(done / total, 1) : null, done, total, unit: 'packages' });
  tell();
  // One name, not a random one: what a killed build left is overwritten by this one.
  const built = join(folder, 'built.part');
  await mkdir(built, { recursive: true });
  try {
    // -v names each package when its turn comes.
    await run(['build', '-v', ...flags, '-o', `${built}/`, ...packages], (line) => {
      if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) {
        done = Math.min(done + 1, total);
        tell();
      }
    });
    for (const file of await readdir(built)) await publish(join(built, file), join(folder, file), 0o755);
  } finally {
    await rm(built, { recursive: true, force: true });
  }
  for (const name of names.filter((each) => packageOf[each] === controlPlane)) {
    const link = join(folder, `${name}.part`);
    await rm(link, { force: true });
    await symlink('control-plane', link);
    await rename(link, join(folder, name));
  }
}

function buildEnvironment(environment: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  return {
    ...environment,
    // A build is short enough never to collect garbage, and a third faster then, where there is room for that: a compiler
    // runs on each core.
    GOGC: 'off',
    GOMEMLIMIT: `${Math.round(totalmem() / (availableParallelism() + 1) / 2 ** 20)}MiB`,
    CGO_ENABLED: '0',
    GOFLAGS: '-buildvcs=false',
    GOWORK: 'off',
    // Should the platform be killed in the middle, the next start ends what goes on.
    [ownerVariable]: folder,
  };
}

async function findGo(
  candidates: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  for (const candidate of candidates) {
    try {
      await runProgram(candidate, ['version'], { folder: moduleFolder, environment, signal });
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('Go is not installed');
}

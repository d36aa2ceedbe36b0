import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { publish } from './atomic-file.ts';
import { downloadConnections, downloadFile, fetchText } from './download.ts';
import { etcdVersion, kubernetesVersion, programNames, type ProgramName } from './program-names.ts';
import { beginStep, type OnProgress } from '../report.ts';
import { runProgram } from './run-program.ts';

/** Where the release files come from. A mirror has the paths of both below its own address. */
const official = {
  /** Below it: `v1.37.2/bin/linux/amd64/kube-apiserver`, and `.sha256` after that. */
  kubernetes: 'https://dl.k8s.io/release',
  /** Below it: `v3.7.0/etcd-v3.7.0-linux-amd64.tar.gz`, and `SHA256SUMS` beside it. */
  etcd: 'https://github.com/etcd-io/etcd/releases/download',
};

export interface DownloadProgramsOptions {
  /** Where the programs go; it exists, and the caller holds its lock. */
  folder: string;
  /** All of the control plane if not given. */
  names?: readonly ProgramName[];
  /** Of Kubernetes; the control plane's if not given. */
  version?: string;
  /** The address of a mirror; the official ones are asked when there is none. */
  mirror?: string | undefined;
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onProgress: OnProgress;
  platform?: string;
  architecture?: string;
}

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Fetches the official release files that the folder doesn't have yet, each checked by the SHA-256 that is published
 * beside it.
 * @throws Error that names the address and what was wrong
 */
export async function downloadPrograms(options: DownloadProgramsOptions): Promise<void> {
  const { folder, mirror, signal, onProgress, platform = process.platform } = options;
  const { names = programNames, version = kubernetesVersion } = options;
  const architecture = architectures[options.architecture ?? process.arch];
  if (platform !== 'linux' || architecture === undefined) {
    throw new Error(`Kubernetes releases no control plane for ${platform} on ${options.architecture ?? process.arch}`);
  }
  const dispatcher = downloadConnections(options.environment);
  try {
    for (const name of names) {
      if (await isThere(join(folder, name))) continue;
      const update = beginStep(onProgress, `download-${name}`, { ko: `${name} 내려받기`, en: `Downloading ${name}` });
      const common = { dispatcher, signal, onProgress: update };
      if (name === 'etcd')
        await downloadEtcd(folder, mirror ?? official.etcd, architecture, options.environment, common);
      else
        await downloadRelease(folder, `${trim(mirror ?? official.kubernetes)}/${version}`, name, architecture, common);
    }
  } finally {
    await dispatcher.destroy();
  }
}

/** Takes away what broken downloads left in a folder that has its programs from elsewhere now. */
export async function forgetDownloads(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => /\.(download|tar\.gz)(\.part)?$/.test(name));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}

type Common = Parameters<typeof downloadFile>[3];

async function downloadRelease(
  folder: string,
  release: string,
  name: ProgramName,
  architecture: string,
  common: Common,
): Promise<void> {
  const url = `${release}/bin/linux/${architecture}/${name}`;
  const sha256 = parseDigest(await fetchText(`${url}.sha256`, common), `${url}.sha256`);
  const file = join(folder, `${name}.download`);
  await downloadFile(url, file, sha256, common);
  await publish(file, join(folder, name), 0o755);
}

async function downloadEtcd(
  folder: string,
  mirror: string,
  architecture: string,
  environment: NodeJS.ProcessEnv,
  common: Common,
): Promise<void> {
  const release = `etcd-${etcdVersion}-linux-${architecture}`;
  const base = `${trim(mirror)}/${etcdVersion}`;
  const sums = await fetchText(`${base}/SHA256SUMS`, common);
  const line = sums.split('\n').find((text) => text.trim().endsWith(` ${release}.tar.gz`));
  const archive = join(folder, `${release}.tar.gz`);
  await downloadFile(
    `${base}/${release}.tar.gz`,
    archive,
    parseDigest(line ?? '', `${base}/SHA256SUMS for ${release}.tar.gz`),
    common,
  );
  const unpacked = join(folder, 'etcd.unpacked');
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked);
  await runProgram('tar', ['-xzf', archive, '-C', unpacked, `${release}/etcd`], {
    folder,
    environment,
    signal: common.signal,
  });
  await publish(join(unpacked, release, 'etcd'), join(folder, 'etcd'), 0o755);
  await rm(unpacked, { recursive: true, force: true });
  await rm(archive, { force: true });
}

function parseDigest(text: string, where: string): string {
  const digest = /^[0-9a-f]{64}(?=\s|$)/i.exec(text.trim())?.[0];
  if (digest === undefined) throw new Error(`${where} has no SHA-256 but ${JSON.stringify(text.trim().slice(0, 60))}`);
  return digest.toLowerCase();
}

function trim(url: string): string {
  return url.replace(/\/+$/, '');
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

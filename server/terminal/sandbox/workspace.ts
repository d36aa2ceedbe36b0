import { constants } from 'node:fs';
import { chmod, chown, mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { randomBytes } from 'node:crypto';
import { isNodeError, makePrivate, removeTree } from '../folders.ts';
import { formatKubeconfig, renew, type Kubeconfig } from '../kubeconfig.ts';
import type { Grounds } from './launch.ts';
import type { WorkspaceSetup } from '../service.ts';

const mostKubeconfigBytes = 256 << 10;

/**
 * The folders of one attempt. Learners write in `home`, `temporary` and `kube`, so once they have been there, nothing in
 * them is opened by its path as the server: a symbolic link would make it write elsewhere.
 */
export class Workspace {
  readonly attempt: string;
  readonly folder: string;
  readonly grounds: Grounds;
  /** Scrollback and the list of terminals; not in any sandbox. */
  readonly terminals: string;

  constructor(attempt: string, folder: string, uid: number | undefined) {
    this.attempt = attempt;
    this.folder = folder;
    this.terminals = join(folder, 'terminals');
    this.grounds = {
      home: join(folder, 'home'),
      temporary: join(folder, 'tmp'),
      kube: join(folder, 'kube'),
      socket: join(folder, 'socket'),
      uid,
    };
  }

  get socketPath(): string {
    return join(this.grounds.socket, 'api.sock');
  }

  /** Makes what isn't there yet. */
  async make(files: WorkspaceSetup['files']): Promise<void> {
    const { home, temporary, kube, socket, uid } = this.grounds;
    await mkdir(this.folder, { recursive: true });
    await chmod(this.folder, 0o711); // Its learner's user walks through it.
    await mkdir(this.terminals, { recursive: true, mode: 0o700 });
    await Promise.all([temporary, kube, socket].map((folder) => makePrivate(folder, uid)));
    if (await exists(home)) return;
    // Made aside and moved, so that a home that was only half made is never taken for one.
    const aside = `${home}.new`;
    await removeTree(aside);
    await makePrivate(aside, uid);
    for (const file of files) await put(aside, file, uid);
    await rename(aside, home);
  }

  /** Takes away what the learner made. Their shells must have ended. */
  async clear(): Promise<void> {
    const { home, temporary, kube } = this.grounds;
    for (const folder of [home, temporary, kube]) await removeTree(folder);
  }

  async remove(): Promise<void> {
    await removeTree(this.folder);
  }

  /** Writes ~/.kube/config, keeping what the learner changed in it. */
  async writeKubeconfig(ours: Kubeconfig): Promise<void> {
    const { kube, uid } = this.grounds;
    const existing = await this.#readKubeconfig();
    const text = formatKubeconfig(existing === undefined ? ours : renew(existing, ours));
    const aside = join(kube, `.config.${randomBytes(8).toString('hex')}`);
    const file = await open(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await file.writeFile(text);
      if (uid !== undefined) await file.chown(uid, uid);
    } finally {
      await file.close();
    }
    const config = join(kube, 'config');
    await rename(aside, config).catch(async (error: unknown) => {
      if (!isNodeError(error) || error.code !== 'EISDIR') throw error;
      // Deleting a folder while the learner's shells run could be led elsewhere; it goes with the workspace.
      await rename(config, join(this.folder, `discarded.${randomBytes(8).toString('hex')}`));
      await rename(aside, config);
    });
  }

  async #readKubeconfig(): Promise<string | undefined> {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(join(this.grounds.kube, 'config'), flags).catch((error: unknown) => {
      if (isNodeError(error) && ['ENOENT', 'ELOOP', 'ENXIO', 'EACCES'].includes(error.code ?? '')) return undefined;
      throw error;
    });
    if (!file) return undefined;
    try {
      const found = await file.stat();
      return found.isFile() && found.size <= mostKubeconfigBytes ? await file.readFile('utf8') : undefined;
    } finally {
      await file.close();
    }
  }
}

/** Writes a file of a new home, which no learner has been in yet. */
async function put(home: string, file: WorkspaceSetup['files'][number], uid: number | undefined): Promise<void> {
  const path = normalize(join(home, file.path));
  if (!path.startsWith(`${home}/`)) throw new Error(`the workspace file "${file.path}" is not below the home folder`);
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== home; folder = dirname(folder)) folders.unshift(folder);
  for (const folder of folders) await makePrivate(folder, uid);
  await writeFile(path, file.text, { mode: file.executable ? 0o755 : 0o644 });
  if (uid !== undefined) await chown(path, uid, uid);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (isNodeError(error) && error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

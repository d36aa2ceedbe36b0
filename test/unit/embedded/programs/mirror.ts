import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { etcdVersion, kubernetesVersion } from '../../../../server/cluster/embedded/program-names.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** What each program of a release is here; long enough to break off in the middle of. */
export const contentOf = (name: string): string => `#!/bin/sh\necho ${name}\n${'#'.repeat(300_000)}\n`;

/** Where a mirror has a program of Kubernetes. */
export const pathOf = (name: string): string => `/${kubernetesVersion}/bin/linux/${architecture}/${name}`;
export const etcdRelease = `etcd-${etcdVersion}-linux-${architecture}`;
export const etcdPath = `/${etcdVersion}/${etcdRelease}.tar.gz`;

export interface Asked {
  path: string;
  range: string | undefined;
}

/** A web server with the release files, which can be made to go wrong. */
export class ReleaseMirror {
  /** By path. */
  readonly files = new Map<string, Buffer>();
  readonly asked: Asked[] = [];
  /** How many bytes of a file are sent before the connection is cut; for all requests of it. */
  readonly breakAfter = new Map<string, number>();
  /** Paths whose file is begun and then never goes on. */
  readonly stall = new Set<string>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** @param folder for making etcd's archive in. */
  static async start(folder: string): Promise<ReleaseMirror> {
    const mirror = new ReleaseMirror();
    for (const name of ['kube-apiserver', 'kube-controller-manager', 'kubectl']) {
      const content = Buffer.from(contentOf(name));
      mirror.files.set(pathOf(name), content);
      mirror.files.set(`${pathOf(name)}.sha256`, Buffer.from(digest(content)));
    }
    const archive = makeEtcdArchive(folder);
    mirror.files.set(etcdPath, archive);
    const sums = `${digest(Buffer.from('another'))}  etcd-${etcdVersion}-darwin-amd64.zip\n${digest(archive)}  ${etcdRelease}.tar.gz\n`;
    mirror.files.set(`/${etcdVersion}/SHA256SUMS`, Buffer.from(sums));
    mirror.#server.listen(0, '127.0.0.1');
    await once(mirror.#server, 'listening');
    return mirror;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The ranges that a path was asked with, `undefined` for the whole. */
  ranges(path: string): (string | undefined)[] {
    return this.asked.filter((each) => each.path === path).map(({ range }) => range);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const range = request.headers.range;
    this.asked.push({ path, range });
    const file = this.files.get(path);
    if (!file) {
      response.writeHead(404).end('no such file');
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (range !== undefined && from >= file.length) {
      response.writeHead(416).end();
      return;
    }
    const rest = file.subarray(from);
    response.writeHead(range === undefined ? 200 : 206, { 'content-length': rest.length });
    const most = this.breakAfter.get(path);
    if (this.stall.has(path)) response.write(rest.subarray(0, 1000));
    else if (most === undefined || rest.length <= most) response.end(rest);
    else response.write(rest.subarray(0, most), () => setTimeout(() => response.destroy(), 50));
  }
}

export function digest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function makeEtcdArchive(folder: string): Buffer {
  const release = join(folder, etcdRelease);
  mkdirSync(release, { recursive: true });
  writeFileSync(join(release, 'etcd'), contentOf('etcd'), { mode: 0o755 });
  writeFileSync(join(release, 'README.md'), 'etcd');
  const archive = join(folder, 'etcd.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', folder, etcdRelease]);
  return readFileSync(archive);
}

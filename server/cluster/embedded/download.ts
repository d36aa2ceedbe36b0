import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Agent, EnvHttpProxyAgent, fetch, type Dispatcher } from 'undici';
import type { StepUpdate } from '../report.ts';

/** How long to wait for a connection before another source is tried, and for the next bytes of a body. */
const connectMs = 4000;
const silenceMs = 30_000;
/** How often one file is asked for when the connection breaks. */
const mostTries = 3;
/** A fast download has thousands of pieces a second; nobody can read as many. */
const tellMs = 100;

/** Connections that mind HTTPS_PROXY and its like; whoever makes one closes it. */
export function downloadConnections(environment: NodeJS.ProcessEnv): Dispatcher {
  const options = { connect: { timeout: connectMs }, headersTimeout: silenceMs, bodyTimeout: silenceMs };
  const httpProxy = environment['http_proxy'] ?? environment['HTTP_PROXY'];
  const httpsProxy = environment['https_proxy'] ?? environment['HTTPS_PROXY'];
  if (httpProxy === undefined && httpsProxy === undefined) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
  });
}

export interface DownloadOptions {
  dispatcher: Dispatcher;
  signal: AbortSignal;
  onProgress: (update: StepUpdate) => void;
}

/** A small text. @throws Error that names the address and what came instead. */
export async function fetchText(url: string, options: Pick<DownloadOptions, 'dispatcher' | 'signal'>): Promise<string> {
  const response = await request(url, {}, options);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return text;
}

/**
 * Fetches a file and puts it at `path` when its SHA-256 is right. What a broken or stopped download left (`<path>.part`)
 * is gone on with, where the server can; the whole is checked all the same.
 * @param sha256 64 hexadecimal digits
 * @throws Error that names the address and what was wrong
 */
export async function downloadFile(url: string, path: string, sha256: string, options: DownloadOptions): Promise<void> {
  const part = `${path}.part`;
  for (let tries = 1; ; tries++) {
    const resumed = await sizeOf(part);
    try {
      await fetchPart(url, part, resumed, options);
    } catch (error) {
      if (!(error instanceof BrokenOff) || tries >= mostTries) throw error;
      continue;
    }
    const got = await digestOf(part);
    if (got === sha256) break;
    await rm(part, { force: true });
    // The first bytes may have been of an older file; all from one piece can't get better.
    if (resumed === 0) throw new Error(`${url} has the SHA-256 ${got}, not ${sha256} as its publisher says`);
  }
  await rename(part, path);
}

/** The connection ended before the file did; what came is kept. */
class BrokenOff extends Error {}

/** @param had bytes of the file that are there already */
async function fetchPart(url: string, part: string, had: number, options: DownloadOptions): Promise<void> {
  const response = await request(url, had > 0 ? { range: `bytes=${had}-` } : {}, options);
  const body = response.body;
  if (response.status === 416) {
    // Nothing follows: the part is as long as the file, or longer; its checksum tells which.
    await body?.cancel();
    return;
  }
  if ((response.status !== 200 && response.status !== 206) || !body) {
    await body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  const goesOn = response.status === 206;
  let done = goesOn ? had : 0;
  const length = Number(response.headers.get('content-length'));
  const total = length > 0 ? done + length : undefined;
  let toldAt = 0;
  const file = await open(part, goesOn ? 'a' : 'w', 0o600);
  try {
    for await (const chunk of body) {
      await file.writeFile(chunk as Uint8Array);
      done += (chunk as Uint8Array).length;
      if (Date.now() - toldAt < tellMs && done !== total) continue;
      toldAt = Date.now();
      options.onProgress({ done, unit: 'bytes', ...(total ? { total, fraction: Math.min(done / total, 1) } : {}) });
    }
    await file.sync();
  } catch (error) {
    options.signal.throwIfAborted();
    throw new BrokenOff(`${url} broke off after ${done} bytes: ${reasonOf(error)}`);
  } finally {
    await file.close();
  }
}

/** The innermost reason of a failed request: `fetch` itself only says `fetch failed`. */
function reasonOf(error: unknown): string {
  // A name with several addresses, none of which answered.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

async function request(
  url: string,
  headers: Record<string, string>,
  options: Pick<DownloadOptions, 'dispatcher' | 'signal'>,
) {
  try {
    return await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...headers },
      dispatcher: options.dispatcher,
      signal: options.signal,
    });
  } catch (error) {
    options.signal.throwIfAborted();
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

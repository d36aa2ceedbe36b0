import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { writeAtomically } from './atomic-file.ts';

/** A free port of 127.0.0.1, the one noted in the file at `path` if it still is: kubeconfigs made before keep working. */
export async function choosePort(path: string): Promise<number> {
  const noted = Number(await readFile(path, 'utf8').catch(() => ''));
  const port = (noted > 0 && (await listenOnce(noted).catch(() => undefined))) || (await listenOnce(0));
  if (port !== noted) await writeAtomically(path, String(port), 0o600);
  return port;
}

/** Listens for a moment; resolves with the port, rejects when it is taken. */
async function listenOnce(port: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}

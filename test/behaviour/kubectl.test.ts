import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { missingRequirements } from '../../server/terminal/sandbox/requirements.ts';
import { createTerminalService } from '../../server/terminal/sandbox-service.ts';
import type { TerminalService } from '../../server/terminal/service.ts';
import { Client } from '../unit/terminal/client.ts';

const missing = await missingRequirements('/usr/bin:/bin:/usr/sbin:/sbin');
const why = missing.map((each) => each.package).join(', ');

describe.skipIf(missing.length > 0)(`kubectl in a sandbox${why ? ` (skipped: ${why} not installed)` : ''}`, () => {
  let folder: string;
  let service: TerminalService;
  let client: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haechi-kubectl-'));
    service = await createTerminalService({
      dataFolder: folder,
      kubectl: inject('kubectl'),
      log: pino({ level: 'silent' }),
    });
    await service.prepare({
      attempt: 'kubectl',
      kubeconfig: inject('kubeconfig'),
      mainNamespace: 'terminal-test',
      variables: { MAIN: 'terminal-test' },
      files: [
        { path: 'map.yaml', text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 지도}\n', executable: false },
      ],
      reaches: [],
    });
    const { id } = await service.open('kubectl', { columns: 200, rows: 40 });
    client = new Client(service, id).attach();
    await client.until('$ ');
    await client.run('k create namespace $MAIN');
  });
  afterAll(async () => {
    await client.run('k delete namespace $MAIN --wait=false');
    await service.stop();
    await rm(folder, { recursive: true });
  });

  test('reaches the API server, and checks its certificate', async () => {
    expect(await client.run('kubectl get --raw /readyz')).toBe('ok');
    expect(await client.run('kubectl --tls-server-name=wrong.example get --raw /readyz 2>&1 | tail -1')).toContain(
      'certificate is valid for',
    );
  });

  test('works in the lab’s main namespace, and the prompt follows where it works', async () => {
    expect(await client.run('k create configmap a --from-literal=b=c')).toBe('configmap/a created\r\n');
    expect(await client.run('k get configmap a -o jsonpath={.metadata.namespace}')).toBe('terminal-test');
    const at = client.bytes.length;
    await client.run('k config set-context --current --namespace=kube-system');
    await client.until('\x1b[32mkube-system\x1b[0m \x1b[34m~\x1b[0m $ ', at);
    await client.run('k config set-context --current --namespace=$MAIN');
  });

  test('what the API server refuses is said in its words', async () => {
    expect(await client.run('k apply -f map.yaml')).toContain('The ConfigMap "지도" is invalid: metadata.name');
  });

  test('completion asks the API server, from the first Tab on', async () => {
    const { id } = await service.open('kubectl', { columns: 200, rows: 40 });
    const fresh = new Client(service, id).attach();
    await fresh.until('$ ');
    await fresh.type('k get configmap kube-ro\t');
    await fresh.until('k get configmap kube-root-ca.crt ');
    await service.close(id);
  });

  test('a watch goes on while others work', async () => {
    const { id } = await service.open('kubectl', { columns: 200, rows: 40 });
    const watcher = new Client(service, id).attach();
    await watcher.until('$ ');
    await watcher.type('k get configmaps -w\r');
    await watcher.until('kube-root-ca.crt');
    await client.run('k create configmap later');
    await watcher.until(/later +0 /);
    await service.close(id);
  });

  test('a script can call it at once', async () => {
    const { exitCode, output } = await service.run('kubectl', 'kubectl get --raw /readyz', AbortSignal.timeout(20_000));
    expect([exitCode, output]).toEqual([0, 'ok']);
  });
});

import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { chooseContext } from '../../../server/cluster/existing/kubeconfig.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-kubeconfig-'));
});
afterEach(async () => rm(folder, { recursive: true }));

const config = (name: string, cluster: object = {}, user: object = { token: name }) => ({
  clusters: [{ name, cluster: { server: `https://${name}.example`, ...cluster } }],
  users: [{ name, user }],
  contexts: [{ name, context: { cluster: name, user: name } }],
  'current-context': name,
});

async function put(file: string, content: object | string): Promise<string> {
  const path = join(folder, file);
  await writeFile(path, typeof content === 'string' ? content : stringify(content));
  return path;
}

test('the files of KUBECONFIG are one, and the first current context counts', async () => {
  const environment = {
    KUBECONFIG: `${await put('a', config('a'))}:${join(folder, 'none')}:${await put('b', config('b'))}`,
  };
  expect(await chooseContext({ environment })).toMatchObject({ name: 'a', server: 'https://a.example', command: null });
  expect(await chooseContext({ environment, context: 'b' })).toMatchObject({ name: 'b', server: 'https://b.example' });
});

test('without any, it is the one in the home folder; a named file goes before all', async () => {
  const environment = { HOME: folder, KUBECONFIG: '' };
  await expect(chooseContext({ environment })).rejects.toMatchObject({ code: 'kubeconfig-missing' });
  const kubeconfig = await put('named', config('named'));
  expect(await chooseContext({ kubeconfig, environment: { KUBECONFIG: 'nowhere' } })).toMatchObject({ name: 'named' });
});

test('files that it names are read into it, from beside it', async () => {
  await put('ca.crt', 'PEM');
  const kubeconfig = await put(
    'k',
    config('a', { 'certificate-authority': 'ca.crt' }, { exec: { command: './login' } }),
  );
  const { text, command } = await chooseContext({ kubeconfig });
  const chosen = parse(text) as ReturnType<typeof config>;
  expect(chosen.clusters[0]?.cluster).toEqual({
    server: 'https://a.example',
    'certificate-authority-data': Buffer.from('PEM').toString('base64'),
  });
  expect(command).toBe(join(folder, './login'));
});

test.each([
  ['not YAML', ': [', 'kubeconfig-invalid'],
  ['no kubeconfig', 'clusters: 3', 'clusters: Invalid input'],
  ['no server', stringify(config('a', { server: 'nowhere' })), 'clusters.0.cluster.server'],
  ['another context', stringify(config('a')), 'has no context "z" but: a.'],
])('%s is said with its remedy', async (_name, text, words) => {
  const kubeconfig = await put('k', text);
  const error: unknown = await chooseContext({ kubeconfig, context: 'z' }).catch((caught: unknown) => caught);
  expect(`${(error as { code: string }).code} ${(error as Error).message}`).toContain(words);
});

test('a file that may not be read is said so', async () => {
  const kubeconfig = await put('k', '');
  await chmod(kubeconfig, 0o000);
  // The administrator reads it all the same; a folder in its place can't be read by anybody.
  const path = process.getuid?.() === 0 ? folder : kubeconfig;
  await expect(chooseContext({ kubeconfig: path })).rejects.toMatchObject({ code: 'kubeconfig-unreadable' });
});

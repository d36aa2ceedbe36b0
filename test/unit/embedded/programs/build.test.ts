import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify } from '../../../../server/cluster/embedded/process-identity.ts';
import { programNames } from '../../../../server/cluster/embedded/program-names.ts';
import { pathOf } from './mirror.ts';
import { nowhere, openSetting, type Setting } from './setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(async () => setting.close());

const find = (signal?: AbortSignal) => setting.find({ mirror: nowhere }, signal);
const everything = [...programNames, 'control-plane'].toSorted();

test('without release files a program is built that answers to the control plane’s names, and kubectl', async () => {
  setting.go.goOn();
  const programs = await find();
  for (const name of programNames) {
    expect(programs[name]).toBe(join(setting.cache, name));
    if (name === 'kubectl') expect((await lstat(programs[name])).isFile()).toBe(true);
    else expect(await readlink(programs[name])).toBe('control-plane');
    expect(execFileSync(programs[name], { encoding: 'utf8' })).toBe('built\n');
  }
  expect(await setting.cached()).toEqual(everything);
  expect((await lstat(join(setting.cache, 'control-plane'))).mode & 0o777).toBe(0o755);
});

test('tells the modules fetched, and the packages built of those to build', async () => {
  setting.go.goOn();
  await find();
  const of = (wanted: string) =>
    setting.told.flatMap(({ step, done, total, fraction, unit }) =>
      step === wanted && unit === 'packages' ? [[done, total, fraction]] : [],
    );
  expect(of('modules')).toEqual([
    [1, undefined, null],
    [2, undefined, null],
  ]);
  expect(of('build')).toEqual([
    [0, 4, 0],
    [1, 4, 0.25],
    [2, 4, 0.5],
    [3, 4, 0.75],
    [4, 4, 1],
  ]);
  expect(setting.told.find(({ step }) => step === 'build')?.title.en).toBe('Building Kubernetes v1.37.2');
});

test('what a broken download left is taken away by a build', async () => {
  setting.go.goOn();
  setting.mirror.breakAfter.set(pathOf('kube-apiserver'), 50_000);
  await setting.find();
  expect(setting.go.builds).toBe(1);
  expect(await setting.cached()).toEqual(everything);
});

test('stopping in the middle leaves no process and nothing to use; starting again goes on', async () => {
  const stopping = new AbortController();
  const finding = find(stopping.signal);
  await expect.poll(() => setting.go.compilers).toHaveLength(1);
  stopping.abort(new Error('stopped'));
  await expect(finding).rejects.toThrow('stopped');
  await expect.poll(() => setting.go.compilers.map(identify)).toEqual([undefined]);
  expect(await setting.cached()).toEqual([]);
  setting.go.goOn();
  await find();
  expect(setting.go.builds).toBe(2);
});

test('two starts at once build once: the second waits, says for whom, and has the same programs', async () => {
  const first = find();
  await expect.poll(() => setting.go.compilers).toHaveLength(1);
  const stopping = new AbortController();
  const second = find();
  const third = find(stopping.signal);
  const words = `Waiting for another Haechi (process ${process.pid}) to prepare the programs`;
  await expect
    .poll(() => setting.told.filter(({ step }) => step === 'wait-for-programs').map(({ title }) => title.en))
    .toEqual([words, words]);
  // Waiting can be given up.
  stopping.abort(new Error('stopped'));
  await expect(third).rejects.toThrow('stopped');

  setting.go.goOn();
  expect(await second).toEqual(await first);
  expect(setting.go.builds).toBe(1);
});

test('a build whose platform was killed is ended by the next start', async () => {
  const module = new URL('../../../../server/cluster/embedded/programs.ts', import.meta.url).href;
  const logs = new URL('../../../../server/log.ts', import.meta.url).href;
  const script = `const { findPrograms } = await import(${JSON.stringify(module)});
    const { openLog } = await import(${JSON.stringify(logs)});
    const options = { log: openLog('silent'), environment: process.env, mirror: ${JSON.stringify(nowhere)}, go: ['go'] };
    await findPrograms(options, AbortSignal.timeout(60000), () => {});`;
  const platform = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: setting.environment,
    stdio: 'inherit',
  });
  await expect.poll(() => setting.go.compilers, { timeout: 10_000 }).toHaveLength(1);
  platform.kill('SIGKILL');
  await once(platform, 'exit');
  const [left = 0] = setting.go.compilers;
  expect(identify(left)).toBeDefined();
  const finding = find();
  await expect.poll(() => setting.go.compilers).toHaveLength(2);
  expect(identify(left)).toBeUndefined();
  setting.go.goOn();
  await finding;
});

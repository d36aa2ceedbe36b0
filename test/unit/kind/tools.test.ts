import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkTools } from '../../../server/cluster/kind/tools.ts';
import { words } from '../../kind/docker-words.ts';
import { Setting } from '../../kind/setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await Setting.open();
});
afterEach(async () => setting.close());

const check = () => checkTools(setting.environment, AbortSignal.timeout(15_000));

test('tells the versions, the memory and the platform', async () => {
  expect(await check()).toEqual({
    kindVersion: '0.33.0',
    dockerVersion: '28.2.2',
    memoryBytes: 16_600_000_000,
    platform: 'linux/amd64',
  });
  setting.dockerSays({ Architecture: 'aarch64' });
  expect((await check()).platform).toBe('linux/arm64');
});

test('each tool that is missing is named', async () => {
  setting.environment['PATH'] = setting.bin + ':/bin';
  setting.remove('kind');
  await expect(check()).rejects.toMatchObject({ code: 'kind-missing' });
  setting.remove('docker');
  setting.environment['PATH'] = setting.bin;
  await expect(check()).rejects.toMatchObject({
    code: 'docker-missing',
    message:
      'There is no docker command. Install Docker (https://docs.docker.com/engine/install/), or start without it (--cluster embedded).',
  });
});

test('a daemon that does not run, and one that is closed to the user', async () => {
  setting.fail('info', words.notRunning);
  await expect(check()).rejects.toMatchObject({
    code: 'docker-not-running',
    message: `Docker does not answer: ${words.notRunning} Start it (sudo systemctl start docker, or Docker Desktop), or start without it (--cluster embedded).`,
  });
  for (const denied of [words.denied, words.deniedFrom29]) {
    setting.fail('info', denied);
    await expect(check()).rejects.toMatchObject({
      code: 'docker-denied',
      message: expect.stringContaining('Add them to the group docker (sudo usermod -aG docker $USER') as string,
    });
  }
});

test.for([
  ['kind v0.32.0 go1.25.5 linux/amd64', 'kind is of version 0.32.0. Upgrade it to 0.33.0 or newer'],
  ['kind v0.9.1 go1.15.2 linux/amd64', 'kind is of version 0.9.1.'],
  ['something else', 'kind is of version something else.'],
])('%s is too old', async ([line = '', message]) => {
  setting.kindVersionIs(line);
  await expect(check()).rejects.toMatchObject({
    code: 'kind-too-old',
    message: expect.stringContaining(message ?? '') as string,
  });
});

test.for([
  'kind v0.33.1 go1.26.8 linux/amd64',
  'kind v0.34.0-alpha+0123456789abcd go1.26.8 linux/amd64',
  'kind v1.0.0 go1.26.8 linux/amd64',
])('%s is not', async (line) => {
  setting.kindVersionIs(line);
  await check();
});

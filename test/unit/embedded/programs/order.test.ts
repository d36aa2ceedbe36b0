import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { programNames } from '../../../../server/cluster/embedded/program-names.ts';
import { HaechiError } from '../../../../server/errors.ts';
import { nowhere, openSetting, type Setting } from './setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(async () => setting.close());

async function put(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
}

test('a named folder goes before the cache', async () => {
  const named = join(setting.folder, 'named');
  await put(named, programNames);
  await put(setting.cache, programNames);
  const programs = await setting.find({ programsDir: named });
  expect(programs.etcd).toBe(join(named, 'etcd'));
});

test('a named folder that lacks some is an error that names them; nothing else is looked at', async () => {
  const named = join(setting.folder, 'named');
  await put(named, programNames);
  await chmod(join(named, 'kube-apiserver'), 0o644);
  await mkdir(join(named, 'nowhere'));
  await expect(setting.find({ programsDir: named })).rejects.toThrow(
    `The folder ${named} has no executable kube-apiserver. Put it there, or start without naming a folder.`,
  );
  await expect(setting.find({ programsDir: join(named, 'nowhere') })).rejects.toThrow(
    'has no executable etcd, kube-apiserver, kube-controller-manager, kubectl.',
  );
  expect(setting.mirror.asked).toEqual([]);
  expect(setting.go.builds).toBe(0);
});

test('a folder by the name of a program is none', async () => {
  const named = join(setting.folder, 'named');
  await put(named, programNames.slice(1));
  await mkdir(join(named, 'etcd'));
  await expect(setting.find({ programsDir: named })).rejects.toThrow('has no executable etcd.');
});

test('the cache goes before the mirror', async () => {
  await put(setting.cache, programNames);
  expect((await setting.find()).kubectl).toBe(join(setting.cache, 'kubectl'));
  expect(setting.mirror.asked).toEqual([]);
  expect(setting.told).toEqual([]);
});

test('the mirror goes before a build, and has only to give what the cache lacks', async () => {
  await put(setting.cache, ['etcd', 'kubectl']);
  await setting.find();
  expect([...new Set(setting.told.map(({ step }) => step))]).toEqual([
    'download-kube-apiserver',
    'download-kube-controller-manager',
  ]);
  expect(setting.go.builds).toBe(0);
});

test('no network and no Go: one error that says what was tried and the ways out', async () => {
  const failed = await setting.find({ mirror: nowhere, go: ['no-go-here'] }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(HaechiError);
  const { code, text } = failed as HaechiError;
  expect(code).toBe('programs-unavailable');
  const download = `${nowhere}/v3.7.0/SHA256SUMS: connect ECONNREFUSED 127.0.0.1:61`;
  expect(text.en).toBe(
    `The programs of Kubernetes v1.37.2 could not be had. The cache (${setting.cache}) does not have them. ` +
      `Download: ${download}. Build with Go: Go is not installed. ` +
      'Ways out: connect to the internet and start again, or name a mirror of the release files (--mirror), ' +
      'or install Go 1.26 or newer, or name a folder that has etcd, kube-apiserver, kube-controller-manager, kubectl ' +
      '(--programs).',
  );
  expect(text.ko).toBe(
    `쿠버네티스 v1.37.2 프로그램을 마련하지 못했습니다. 캐시(${setting.cache})에 없습니다. ` +
      `내려받기: ${download}. Go로 빌드: Go is not installed. ` +
      '해결 방법: 인터넷에 연결하고 다시 시작하거나, 릴리스 파일이 있는 미러를 지정하거나(--mirror), ' +
      'Go 1.26 이상을 설치하거나, etcd, kube-apiserver, kube-controller-manager, kubectl 파일이 있는 폴더를 ' +
      '지정하세요(--programs).',
  );
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseCluster } from '../../../server/cluster/choose-cluster.ts';
import { words } from '../../kind/docker-words.ts';
import { Setting } from '../../kind/setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await Setting.open();
});
afterEach(async () => setting.close());

const choose = (named?: 'embedded' | 'kind' | 'existing') =>
  chooseCluster(named, setting.environment, AbortSignal.timeout(15_000));

test('what is named is taken, and nobody is asked', async () => {
  for (const kind of ['embedded', 'kind', 'existing'] as const) {
    expect(await choose(kind)).toEqual({
      kind,
      reason: { en: `You chose ${kind}.`, ko: `직접 고른 클러스터(${kind})입니다.` },
    });
  }
  expect(setting.calls).toEqual([]);
});

test('kind where Docker and kind answer', async () => {
  expect(await choose()).toEqual({
    kind: 'kind',
    reason: {
      en: 'Docker 28.2.2 and kind 0.33.0 are here, so labs run on real pods.',
      ko: 'Docker 28.2.2와 kind 0.33.0이(가) 있어 실습이 진짜 파드로 돌아갑니다.',
    },
  });
});

test('embedded elsewhere, with the reason', async () => {
  const english = async () => {
    const { kind, reason } = await choose();
    expect(kind).toBe('embedded');
    return reason.en;
  };
  setting.fail('info', words.notRunning);
  expect(await english()).toBe('Pods and packets are simulated: Docker does not answer (--cluster kind says more).');
  setting.fail('info', words.denied);
  expect(await english()).toContain('this user may not use Docker');
  setting.fail('info', 'words that nobody knows');
  expect(await english()).toContain('Docker or kind can not be used');
  setting.mend('info');
  setting.kindVersionIs('kind v0.32.0 go1.25.5 linux/amd64');
  expect(await english()).toContain('kind is too old');
  setting.environment['PATH'] = setting.bin;
  setting.remove('docker');
  expect(await english()).toContain('there is no Docker');
});

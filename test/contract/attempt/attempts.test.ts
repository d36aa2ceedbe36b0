import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../../../server/content/content.ts';
import { AttemptsUnderTest, learner } from './platform.ts';

const lab = 'week-08/default-deny';
let platform: AttemptsUnderTest;

beforeAll(async () => {
  platform = await AttemptsUnderTest.open();
});
afterAll(() => platform.close());

const start = async (name: string, id = lab) => {
  const { id: attempt } = await platform.attempts.start(learner(name), id);
  return platform.when(attempt, ({ state }) => state !== 'preparing');
};

test('an attempt is set up with progress, and its end leaves the cluster as it was', async () => {
  const { id } = await platform.attempts.start(learner('one'), lab);
  const seen = new Set<string>();
  await platform.when(id, ({ state, progress }) => {
    if (progress) seen.add(progress.step);
    return state === 'active';
  });
  expect([...seen]).toEqual(['clean', 'apply', 'pods']);
  expect(await platform.list('/api/v1/namespaces')).toEqual(expect.arrayContaining(['ingress-one', 'production-one']));
  expect(await platform.leftOf(id, 'one')).toHaveLength(5);
  const judged = await platform.when(id, ({ verdicts }) => Object.keys(verdicts).length > 0);
  expect(judged.points).toBeLessThan(judged.totalPoints);
  expect(platform.setUps).toEqual([{ lab, outcome: 'ready', problem: null, seconds: expect.any(Number) as number }]);
  expect(platform.setUps[0]?.seconds).toBeGreaterThan(0.05);
  const [judgement] = platform.judgements;
  expect(judgement?.verdicts.map(({ check }) => check).toSorted()).toEqual(Object.keys(judged.verdicts).toSorted());
  expect(judgement?.seconds).toBeGreaterThan(0.005);
  expect(platform.attempts.census()).toContainEqual({ id, state: 'active' });
  await platform.attempts.end(learner('one'), id);
  expect(platform.attempts.get(learner('one'), id).state).toBe('ended');
  expect(await platform.leftOf(id, 'one')).toEqual([]);
});

test('starting over brings back what was deleted and takes away what was added', async () => {
  const { id } = await start('two');
  const policies = '/apis/networking.k8s.io/v1/namespaces/production-two/networkpolicies';
  const deployments = '/apis/apps/v1/namespaces/production-two/deployments';
  const asAtTheStart = { policies: await platform.list(policies), deployments: await platform.list(deployments) };
  const more = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'mine' } };
  await platform.kube.request('POST', policies, { body: { ...more, spec: { podSelector: {} } } });
  await platform.kube.request('DELETE', `${deployments}/api`);
  await platform.attempts.reset(learner('two'), id);
  await platform.when(id, ({ state }) => state === 'active');
  expect({ policies: await platform.list(policies), deployments: await platform.list(deployments) }).toEqual(
    asAtTheStart,
  );
  await platform.attempts.end(learner('two'), id);
});

test('what fails halfway is undone, and says why', async () => {
  const { content } = platform;
  const real = content.labs.get(lab);
  if (!real) throw new Error(`there is no lab ${lab}`);
  const bad = {
    path: '99-bad.yaml',
    executable: false,
    text: 'apiVersion: v1\nkind: Service\nmetadata: { name: bad }\nspec: {}\n',
  };
  const { scenarioContent } = real;
  const broken: Lab = {
    ...real,
    scenarioContent: { ...scenarioContent, manifests: [...scenarioContent.manifests, bad] },
  };
  content.labs.set(lab, broken);
  try {
    const failed = await start('three');
    expect(failed.state).toBe('ended');
    expect(failed.problem?.code).toBe('unexpected');
    expect(platform.setUps.at(-1)).toMatchObject({ outcome: 'failed', problem: 'unexpected' });
    expect(await platform.leftOf(failed.id, 'three')).toEqual([]);
  } finally {
    content.labs.set(lab, real);
  }
});

test('ending in the middle of set-up leaves nothing', async () => {
  const { id } = await platform.attempts.start(learner('four'), lab);
  await platform.when(id, ({ progress }) => progress?.step === 'apply' && progress.done === 1);
  await platform.attempts.end(learner('four'), id);
  expect(platform.attempts.get(learner('four'), id).state).toBe('ended');
  expect(await platform.leftOf(id, 'four')).toEqual([]);
  expect(platform.setUps.at(-1)?.outcome).toBe('aborted');
});

test('after a restart an attempt goes on, one in the middle of set-up is cleared, an expired one is over', async () => {
  const active = await start('five');
  const late = await start('six');
  const { id: unfinished } = await platform.attempts.start(learner('seven'), lab);
  await platform.when(unfinished, ({ progress }) => progress?.step === 'pods');
  await platform.stop();
  const database = new DatabaseSync(join(platform.folder, 'haechi.sqlite'));
  database.prepare('update attempt set expires_at = ? where id = ?').run(new Date(0).toISOString(), late.id);
  database.close();
  await platform.start();
  expect(platform.attempts.get(learner('five'), active.id)).toMatchObject({
    state: 'active',
    namespaces: active.namespaces,
  });
  expect(platform.attempts.get(learner('six'), late.id).state).toBe('expired');
  const cleared = platform.attempts.get(learner('seven'), unfinished);
  expect([cleared.state, cleared.problem?.code]).toEqual(['ended', 'attempt-interrupted']);
  expect(await platform.leftOf(late.id, 'six')).toEqual([]);
  expect(await platform.leftOf(unfinished, 'seven')).toEqual([]);
  await platform.attempts.end(learner('five'), active.id);
});

test('time is added in one step, and not without end; hints open one by one', async () => {
  const { id, expiresAt } = await start('eight');
  const later = await platform.attempts.extend(learner('eight'), id);
  expect(Date.parse(later.expiresAt) - Date.parse(expiresAt)).toBe(30 * 60_000);
  const all = async () => {
    for (;;) await platform.attempts.extend(learner('eight'), id);
  };
  await expect(all()).rejects.toThrow('There is no more time to add (6 hours at most). Start again.');
  const [task] = platform.content.labs.get(lab)?.tasks ?? [];
  await platform.attempts.hint(learner('eight'), id, task?.id ?? '');
  const { hints } = await platform.attempts.hint(learner('eight'), id, task?.id ?? '');
  expect(hints[task?.id ?? '']).toEqual(task?.hints.slice(0, 2));
  await platform.attempts.end(learner('eight'), id);
});

test("one open attempt for each learner, and nobody else's", async () => {
  const { id } = await start('nine');
  await expect(platform.attempts.start(learner('nine'), lab)).rejects.toThrow('is still in progress');
  expect(() => platform.attempts.get(learner('ten'), id)).toThrow(`There is no attempt ${id}`);
  await expect(platform.attempts.end(learner('ten'), id)).rejects.toThrow(`There is no attempt ${id}`);
  await platform.attempts.end(learner('nine'), id);
  await expect(platform.attempts.end(learner('nine'), id)).rejects.toThrow('This attempt is over.');
});

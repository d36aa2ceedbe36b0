import { expect, test } from 'vitest';
import { NodeRules } from '../../../server/cluster/existing/node-network/node-rules.ts';

/** A node that takes each ruleset when it is told to. */
function slowNode() {
  const put: string[] = [];
  let take = () => {};
  const rules = new NodeRules(
    'node1',
    (ruleset) => {
      put.push(ruleset);
      return new Promise((resolve) => (take = resolve));
    },
    () => undefined,
  );
  const next = async () => {
    take();
    await new Promise(setImmediate);
  };
  return { rules, put, next };
}

test('of rules that change while older ones are put, the newest follow and the others are left out', async () => {
  const { rules, put, next } = slowNode();
  for (const each of ['a', 'b', 'c']) rules.want(each);
  await next();
  expect([put, rules.upToDate]).toEqual([['a', 'c'], false]);
  await next();
  expect([put, rules.upToDate]).toEqual([['a', 'c'], true]);
});

test('rules that are taken away while they are put are put again', async () => {
  const { rules, put, next } = slowNode();
  rules.want('a');
  rules.again();
  await next();
  expect([put, rules.upToDate]).toEqual([['a', 'a'], false]);
  await next();
  expect(rules.upToDate).toBe(true);
});

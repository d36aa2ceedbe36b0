import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { rulesetOf } from '../../../server/cluster/existing/node-network/ruleset.ts';

const run = promisify(execFile);

/** What a kernel makes of the rules, on a node that is there for this test alone: also where the real cluster has no IPv6. */
const ruleset = rulesetOf({
  groups: new Map([
    ['a', ['10.244.0.5', '10.244.0.6', 'fd00:10::5', 'fd00:10::6']],
    ['b', ['10.244.0.7', 'fd00:10::7']],
  ]),
  otherPods: ['10.244.0.2', 'fd00:10::2'],
  podRanges: [],
  nodes: ['10.99.0.1'],
  open: [
    { address: '10.244.0.2', port: 53, protocol: 'TCP' },
    { address: '10.99.0.1', port: 6443, protocol: 'TCP' },
  ],
});

const kept = [
  'own pod',
  'own pod, IPv6',
  'cluster DNS',
  'API server',
  'internet',
  'from a pod of no attempt',
  'from a pod of no attempt to the kubelet',
  'from the node',
];
const held = [
  'other attempt',
  'other attempt, IPv6',
  'other attempt, link-local',
  'pod of no attempt',
  'kubelet',
  'kubelet at the bridge',
  'kubelet, IPv6',
  'kubelet, link-local',
  'metadata',
  'a connection from before',
];

let said: string[];
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-node-'));
  try {
    await writeFile(join(folder, 'rules'), ruleset);
    const script = join(import.meta.dirname, 'node');
    const { stdout } = await run('unshare', ['--net', '--mount', '--kill-child', script, join(folder, 'rules')]);
    said = stdout.trim().split('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);

test.each(kept)('%s: as without rules', (way) => {
  expect(said.filter((line) => line.includes(`: ${way}: `))).toEqual([
    `without: ${way}: answered`,
    `with: ${way}: answered`,
    `without: ${way}: answered`,
  ]);
});

test.each(held)('%s: nothing passes while there are rules', (way) => {
  expect(said.filter((line) => line.includes(`: ${way}: `))).toEqual([
    `without: ${way}: answered`,
    `with: ${way}: lost`,
    `without: ${way}: answered`,
  ]);
});

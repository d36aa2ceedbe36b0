import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import { beforeEach, expect, test, vi } from 'vitest';
import { prepareProbes } from '../../../server/attempt/prepare-probes.ts';
import type { MirrorChange } from '../../../server/cluster/mirror.ts';
import { loadContent } from '../../../server/content/load.ts';
import { namesFor } from '../../../server/content/names.ts';

const content = await loadContent(join(import.meta.dirname, '..', '..', '..'));
let listeners: Set<(change: MirrorChange) => void>;
let there: Map<string, V1Pod>;
let logged: string[];
let prepared: string[];
let outcome: () => Promise<void>;
let abort: AbortController;
beforeEach(() => {
  listeners = new Set();
  there = new Map();
  logged = [];
  prepared = [];
  outcome = () => Promise.resolve();
  abort = new AbortController();
});

function begin(labId: string): void {
  const lab = content.labs.get(labId);
  if (!lab) throw new Error(`there is no lab ${labId}`);
  const names = namesFor(lab.scenarioContent, 'minji');
  const mirror = {
    onChange(listener: (change: MirrorChange) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    list: () => [...there.values()] as never[],
    get: (_kind: string, name: string) => there.get(name) as never,
  };
  const flowProber = {
    network: () => Promise.reject(new Error('nobody asks for it')),
    tryFlows: () => Promise.reject(new Error('nobody asks for it')),
    prepare({ namespace, pod }: { namespace: string; pod: string }) {
      prepared.push(`${namespace}/${pod}`);
      return outcome();
    },
  };
  const log = pino({ level: 'warn' }, { write: (line: string) => logged.push(line) });
  prepareProbes({ attempt: 'a1', lab, names }, { mirror, flowProber, log }, abort.signal);
}

interface PodOptions {
  namespace?: string;
  phase?: string;
  uid?: string;
  hostNetwork?: boolean;
  /** Empty for one that isn't scheduled yet. */
  nodeName?: string;
  deletionTimestamp?: Date;
}

function pod(name: string, options: PodOptions = {}): V1Pod {
  const {
    namespace = 'production-minji',
    phase = 'Running',
    uid = name,
    hostNetwork,
    nodeName = 'node1',
    deletionTimestamp,
  } = options;
  return {
    metadata: { namespace, name, uid, ...(deletionTimestamp ? { deletionTimestamp } : {}) },
    spec: { containers: [], ...(hostNetwork ? { hostNetwork } : {}), ...(nodeName ? { nodeName } : {}) },
    status: { phase },
  };
}

function tell(object: V1Pod, type: MirrorChange['type'] = 'modified'): void {
  const name = object.metadata?.name ?? '';
  if (type === 'deleted') there.delete(name);
  else there.set(name, object);
  for (const listener of listeners) listener({ kind: 'Pod', type, object });
}

test('a pod is prepared once, as soon as it has a node', () => {
  begin('week-08/default-deny');
  tell(pod('web', { phase: 'Pending', nodeName: '' }), 'added');
  tell(pod('over', { phase: 'Succeeded' }));
  expect(prepared).toEqual([]);
  tell(pod('web', { phase: 'Pending' }));
  expect(prepared).toEqual(['production-minji/web']);
  tell(pod('web'));
  tell(pod('web'));
  tell(pod('nginx', { namespace: 'ingress-minji' }));
  expect(prepared).toEqual(['production-minji/web', 'ingress-minji/nginx']);
});

test('pods that run already are prepared', () => {
  there.set('web', pod('web'));
  begin('week-08/default-deny');
  expect(prepared).toEqual(['production-minji/web']);
});

test('another pod of the same name is prepared as well', () => {
  begin('week-08/default-deny');
  tell(pod('web'));
  tell(pod('web'), 'deleted');
  tell(pod('web', { uid: 'another' }));
  expect(prepared).toEqual(['production-minji/web', 'production-minji/web']);
});

test('pods that no check sends from are left alone', () => {
  begin('week-08/pod-security-restricted');
  tell(pod('web'));
  tell(pod('theirs', { namespace: 'ingress-other' }));
  tell(pod('going', { namespace: 'ingress-minji', deletionTimestamp: new Date() }));
  tell(pod('node', { namespace: 'ingress-minji', hostNetwork: true }));
  expect(prepared).toEqual([]);
  tell(pod('nginx', { namespace: 'ingress-minji' }));
  expect(prepared).toEqual(['ingress-minji/nginx']);
});

test('what fails is logged, unless the pod goes', async () => {
  outcome = () => Promise.reject(new Error('no such image'));
  begin('week-08/default-deny');
  tell(pod('web'));
  await vi.waitFor(() => expect(logged).toHaveLength(1));
  expect(logged[0]).toContain('no such image');
  expect(logged[0]).toContain('"attempt":"a1","pod":"production-minji/web"');
  tell(pod('api'));
  tell(pod('api'), 'deleted');
  await new Promise((resolve) => setImmediate(resolve));
  expect(logged).toHaveLength(1);
});

test('it ends with the attempt', () => {
  begin('week-08/default-deny');
  abort.abort();
  tell(pod('web'));
  expect(prepared).toEqual([]);
  expect(listeners.size).toBe(0);
});

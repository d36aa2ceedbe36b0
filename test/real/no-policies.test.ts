import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { pino } from 'pino';
import { measureNetwork } from '../../server/cluster/existing/network/measure.ts';
import { Kube } from '../../server/cluster/kube.ts';
import { holdCluster } from './hold.ts';

holdCluster();
let kube: Kube;
beforeAll(() => {
  kube = new Kube(inject('kubeconfig'));
});
afterAll(() => kube.close());

// `REAL_CLUSTER_POLICIES=off test/real/up` starts such a cluster; the one that other tests need enforces them.
test.runIf(process.env['REAL_CLUSTER_POLICIES'] === 'off')(
  'a cluster that accepts policies and enforces none is noticed',
  async () => {
    const options = { log: pino({ level: 'silent' }), signal: AbortSignal.timeout(120_000) };
    const measured = await measureNetwork(kube, 'docker.io/library/busybox:1.37', options);
    expect(measured).toEqual({ policies: 'ignored', denial: 'silent', reason: '' });
  },
);

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Kube } from '../../../server/cluster/kube.ts';
import { oneContext } from '../../../server/cluster/one-context.ts';
import { Mirror } from '../../../server/cluster/mirror.ts';
import type { CheckSpec } from '../../../server/content/check-schema.ts';
import type { Verdict } from '../../../server/contract/verdict.ts';
import { judgeLab } from '../../../server/grader/judge.ts';
import { LiveJudge } from '../../../server/grader/live.ts';
import { openSetting, until, type Setting } from './setting.ts';

const common = { title: { ko: '-', en: '-' }, points: 25 };
const checks: Record<string, CheckSpec> = {
  developer: {
    ...common,
    access: { subject: 'User developer-user', namespace: 'production', can: [], cannot: [], others: 'deny' },
  },
  restricted: { ...common, podSecurity: { namespace: 'production', enforce: 'restricted', running: [] } },
  sells: { ...common, workload: { available: {}, serves: [] } },
  flows: { ...common, traffic: { allow: [], deny: [], others: 'ignore' } },
};

const binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: on-call }
subjects: [{ kind: User, name: '\${DEVELOPER_USER}', apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io }`;

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

let setting: Setting;
beforeAll(async () => {
  setting = await openSetting(inject('kubeconfig'), '');
});
afterAll(() => setting.close());

describe('judgeLab', () => {
  it('judges every kind, and tells each verdict as it comes', async () => {
    const told: string[] = [];
    const verdicts = await judgeLab(checks, setting.context, { onVerdict: ({ check }) => told.push(check) });
    expect(verdicts.map(({ check, outcome }) => [check, outcome])).toEqual([
      ['developer', 'pass'],
      ['restricted', 'fail'],
      ['sells', 'pass'],
      ['flows', 'pass'],
    ]);
    expect(told.sort()).toEqual(['developer', 'flows', 'restricted', 'sells']);
  });

  it('passes nothing and fails nothing when the API server can not be reached', async () => {
    const server = setting.admin.connection.cluster.server;
    const away = new Kube(inject('kubeconfig').replaceAll(server, `https://127.0.0.1:${await closedPort()}`));
    const asking = { ...checks, sells: { ...common, workload: { available: { production: ['api'] }, serves: [] } } };
    const verdicts = await judgeLab(asking, { ...setting.context, kube: away });
    await away.close();
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['error', 'error', 'error', 'error']);
    for (const { findings } of verdicts) {
      expect(findings).toHaveLength(1);
      expect(findings[0]?.found.en).toBe('The API server could not be reached (ECONNREFUSED). It will be tried again.');
      expect(findings[0]?.found.ko).toMatch(/^API 서버에 닿지 못했습니다 \(ECONNREFUSED\)/);
    }
  });

  it('says why the API server refused to answer', async () => {
    const learner = new Kube(
      JSON.stringify(
        oneContext({
          cluster: setting.admin.connection.cluster,
          user: { name: 'u', credentials: { token: 'not-a-token' } },
        }),
      ),
    );
    const verdicts = await judgeLab(checks, { ...setting.context, kube: learner });
    await learner.close();
    expect(verdicts[0]?.outcome).toBe('error');
    expect(verdicts[0]?.findings[0]?.found.en).toBe('The API server could not answer (401): Unauthorized');
  });
});

describe('LiveJudge, on a cluster', () => {
  it('has a verdict within a second of the change that causes it', async () => {
    const log = pino({ level: 'silent' });
    const mirror = new Mirror(setting.admin, log);
    await mirror.start();
    const live = new LiveJudge({ mirror, log });
    const seen: { at: number; cause: string; developer: Verdict | undefined }[] = [];
    live.watch('test', Object.values(setting.names.namespaces), async (signal, cause) => {
      const verdicts = await judgeLab(checks, { ...setting.context, signal });
      seen.push({ at: Date.now(), cause, developer: verdicts[0] });
      return verdicts;
    });
    const latest = (outcome: string) =>
      until(
        () => Promise.resolve(seen.at(-1)),
        (last) => last?.developer?.outcome === outcome,
        10,
      );
    expect((await latest('pass'))?.cause).toBe('');
    await sleep(300);
    const before = Date.now();
    const objects = await setting.apply(binding);
    const broken = await latest('fail');
    expect(broken?.cause).toBe('RoleBinding/on-call');
    expect(broken?.developer?.findings.map(({ where }) => where)).toEqual(['RoleBinding/on-call → ClusterRole/view']);
    expect((broken?.at ?? Infinity) - before).toBeLessThan(1000);
    await setting.remove(...objects);
    expect((await latest('pass'))?.cause).toBe('RoleBinding/on-call');
    await live.stop();
    await mirror.stop();
  });
});

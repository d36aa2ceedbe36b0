import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../server/cluster/kube-error.ts';
import { Kube, type KubeAnswer } from '../../../server/cluster/kube.ts';
import type { CheckSpec } from '../../../server/content/check-schema.ts';
import { CannotJudge, type JudgeContext } from '../../../server/grader/check.ts';
import { judgeCheck, judgeLab } from '../../../server/grader/judge.ts';
import { once } from '../../../server/grader/once.ts';
import { names } from '../access/names.ts';

/** A connection that answers every request in one way. */
class OneAnswer extends Kube {
  readonly #answer: () => unknown;
  asked = 0;

  constructor(answer: () => unknown) {
    super(
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'c',
      }),
    );
    this.#answer = answer;
  }

  override request<T>(): Promise<KubeAnswer<T>> {
    this.asked++;
    return Promise.resolve().then(() => ({ value: this.#answer() as T, warnings: [], etag: undefined }));
  }
}

const workload: CheckSpec = {
  title: { ko: '-', en: '-' },
  points: 10,
  workload: { available: { production: ['api'] }, serves: [] },
};

function context(kube: Kube): JudgeContext {
  return {
    kube,
    names,
    start: [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'api', namespace: 'production-minji' } }],
    getFromPod: () => Promise.resolve({ result: 'impossible', detail: '' }),
    signal: new AbortController().signal,
  };
}

const failing = (error: unknown) =>
  new OneAnswer(() => {
    throw error;
  });

describe('judgeCheck', () => {
  it('passes or fails by findings', async () => {
    const verdict = await judgeCheck('sells', workload, context(new OneAnswer(() => ({ items: [] }))));
    expect(verdict).toMatchObject({ check: 'sells', outcome: 'fail' });
    expect(verdict.findings.map(({ found }) => found.en)).toEqual(['Deployment/api is gone.']);
    expect(new Date(verdict.judgedAt).toISOString()).toBe(verdict.judgedAt);
    const nothing: CheckSpec = { ...workload, workload: { available: {}, serves: [] } };
    expect(await judgeCheck('sells', nothing, context(failing(new Error())))).toMatchObject({
      outcome: 'pass',
      findings: [],
    });
  });

  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6443'), { code: 'ECONNREFUSED' });
  it.each([
    ['facts that are missing', new CannotJudge({ ko: '아직', en: 'Not yet.' }, 'Pod/api'), 'Not yet.', 'Pod/api'],
    [
      'an answer that is none',
      new KubeError(503, 'ServiceUnavailable', 'etcd is down'),
      'The API server could not answer (503): etcd is down',
      '',
    ],
    [
      'no answer',
      new TypeError('fetch failed', { cause: refused }),
      'The API server could not be reached (ECONNREFUSED). It will be tried again.',
      '',
    ],
    [
      'a lost connection',
      Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
      'The API server could not be reached (UND_ERR_SOCKET). It will be tried again.',
      '',
    ],
    [
      'an end of patience',
      new DOMException('This operation was aborted', 'AbortError'),
      'The API server could not be reached (This operation was aborted). It will be tried again.',
      '',
    ],
  ])('makes an error of %s', async (_, error, words, where) => {
    const unexpected: unknown[] = [];
    const verdict = await judgeCheck('sells', workload, context(failing(error)), {
      onUnexpected: (each) => unexpected.push(each),
    });
    expect(verdict.outcome).toBe('error');
    expect(verdict.findings.map(({ found, where: at }) => [found.en, at])).toEqual([[words, where]]);
    expect(verdict.findings[0]?.found.ko).not.toBe('');
    expect(unexpected).toEqual([]);
  });

  it('keeps the text of what nobody foresaw for the log', async () => {
    const unexpected: unknown[] = [];
    const bug = new TypeError("Cannot read properties of undefined (reading 'secret')");
    const verdict = await judgeCheck('sells', workload, context(failing(bug)), {
      onUnexpected: (error, check) => unexpected.push(check, error),
    });
    expect(verdict.outcome).toBe('error');
    expect(verdict.findings.map(({ found }) => found.en)).toEqual([
      'Something unexpected went wrong while judging. The server log has the details.',
    ]);
    expect(unexpected).toEqual(['sells', bug]);
  });
});

describe('judgeLab', () => {
  it('shares answers between checks, and forgets them after', async () => {
    const kube = new OneAnswer(() => ({ items: [] }));
    await judgeLab({ a: workload }, context(kube));
    const alone = kube.asked;
    await judgeLab({ a: workload, b: workload }, context(kube));
    expect(kube.asked).toBe(alone * 2);
  });

  it('asks again where answers are not shared', async () => {
    let asked = 0;
    const ask = () => Promise.resolve(++asked);
    const plain = context(failing(new Error()));
    await Promise.all([once(plain, 'x', ask), once(plain, 'x', ask)]);
    expect(asked).toBe(2);
    const shared = { ...plain, answers: new Map<string, Promise<unknown>>() };
    expect(await Promise.all([once(shared, 'x', ask), once(shared, 'x', ask), once(shared, 'y', ask)])).toEqual([
      3, 3, 4,
    ]);
  });
});

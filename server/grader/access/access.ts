import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessSpec } from '../../content/check-schema.ts';
import type { Finding } from '../../contract/verdict.ts';
import type { JudgeContext } from '../check.ts';
import { Asker } from './ask.ts';
import { Discovery } from './discovery.ts';
import { outsideNamespace, readRbac } from './facts.ts';
import { allRequests, disagreements, judge, questionsOf, type Duty } from './judge-access.ts';
import { identityOf, strangerLike } from './subject.ts';
import { resolveRule } from './wanted.ts';

/** The API server's authorizer learns of a change a moment after the change: pauses before asking again. */
const pausesMs = [50, 100, 200];

/** Keyed by connection and only ever a copy of what the server says: no two tests share anything through it. */
const discovery = new Discovery();

/**
 * What a subject can do, as the API server decides: all of `can`, none of `cannot`, and with `others: deny` nothing else
 * in this namespace, the attempt's others, one outside, and the cluster, but what every subject of its kind can do.
 * @throws CannotJudge when the RBAC objects and the API server go on disagreeing and nothing else is wrong.
 */
export async function judgeAccess(spec: AccessSpec, context: JudgeContext): Promise<Finding[]> {
  const { kube, names, signal } = context;
  const identity = identityOf(spec.subject, names);
  const namespace = names.namespaces[spec.namespace] ?? spec.namespace;
  const identities = [identity, strangerLike(identity)];
  const fresh = { kube, names, start: context.start, getFromPod: context.getFromPod, signal };
  for (let round = 0; ; round++) {
    const [discovered, facts] = await Promise.all([
      discovery.get(kube, signal),
      readRbac(round === 0 ? context : fresh, identities),
    ]);
    const resolve = (rules: AccessSpec['can']) => rules.map((rule) => resolveRule(rule, discovered));
    const duty: Duty = {
      identity,
      namespace,
      otherNamespaces: [...Object.values(names.namespaces).filter((other) => other !== namespace), outsideNamespace],
      can: resolve(spec.can),
      cannot: resolve(spec.cannot),
      closed: spec.others === 'deny',
    };
    const questions = questionsOf(duty, facts, discovered);
    const answers = await new Asker(kube, identity, signal).allowed(allRequests(questions));
    const pause = pausesMs[round];
    if (pause === undefined || disagreements(questions, answers, identity, facts).length === 0) {
      return judge(duty, questions, answers, facts, discovered);
    }
    await sleep(pause, undefined, { signal });
  }
}

import { CannotJudge } from '../check.ts';
import type { Finding } from '../../contract/verdict.ts';
import { text } from '../network/words.ts';
import type { ApiResource } from './discovery.ts';
import { excessOf, isEverything, mostTelling, reachOf, type Excess } from './excess.ts';
import type { RbacFacts } from './facts.ts';
import { excessFinding, forbiddenFinding, missingFinding, unexplainedFinding } from './findings.ts';
import { allows, bindingReaches, grantsOf, type AccessRequest, type Binding, type Grant } from './rbac.ts';
import { formatResource } from './resource-names.ts';
import { strangerLike, type Identity } from './subject.ts';
import { covers, requestsOf, type WantedRule } from './wanted.ts';
import { waysUp } from './ways-up.ts';

/** What a check asks, resolved. */
export interface Duty {
  identity: Identity;
  /** Real names. */
  namespace: string;
  otherNamespaces: readonly string[];
  can: readonly WantedRule[];
  cannot: readonly WantedRule[];
  closed: boolean;
}

/** What one binding gives that is too much. */
export interface TooMuch {
  binding: Binding;
  parts: readonly Excess[];
  /** The requests that are told of, and asked. */
  told: readonly AccessRequest[];
  /** One of its rules is `* * *`. */
  everything: boolean;
  count: number;
}

/** All that is put to the API server before a verdict. */
export interface Questions {
  can: readonly { rule: WantedRule; requests: readonly AccessRequest[] }[];
  cannot: readonly { grants: readonly Grant[]; request: AccessRequest }[];
  tooMuch: readonly TooMuch[];
  waysUp: readonly AccessRequest[];
}

/** How many requests a finding tells of. */
const mostTold = 6;

/** What the RBAC objects say, and so what is to be asked. */
export function questionsOf(duty: Duty, facts: RbacFacts, discovered: readonly ApiResource[]): Questions {
  const { identity, namespace, can, cannot } = duty;
  const stranger = strangerLike(identity);
  const isCommon = ({ binding }: Grant) => !binding.own && bindingReaches(binding, stranger) !== null;
  const grants = grantsOf(identity, facts.bindings, facts.roles);
  const defaults = grantsOf(stranger, facts.bindings, facts.roles).filter(isCommon);
  const special = grants.filter((grant) => !isCommon(grant));
  const excess = duty.closed ? excessOf(special, { discovered, defaults, can, namespace }) : [];
  const ways = duty.closed ? waysUp(namespace, duty.otherNamespaces) : [];
  return {
    can: can.map((rule) => ({ rule, requests: requestsOf(rule, namespace) })),
    cannot: cannot.flatMap((rule) =>
      requestsOf(rule, namespace).flatMap((request) => {
        const giving = special.filter((grant) => allows(grant, request));
        // Without a name, a rule for some names is found by what it reaches.
        const named = special.filter(
          (grant) => request.name === '' && !giving.includes(grant) && grant.rule.resourceNames?.length,
        );
        return [
          { grants: giving, request },
          ...named.flatMap((grant) =>
            reachOf(grant, discovered)
              .filter((reached) => covers([rule], reached, namespace))
              .filter(({ verb, resource }) => verb === request.verb && resource === request.resource)
              .map((reached) => ({ grants: [grant], request: reached })),
          ),
        ];
      }),
    ),
    tooMuch: byBinding(excess),
    waysUp: ways.filter((request) => !covers(can, request, namespace)),
  };
}

function byBinding(excess: readonly Excess[]): TooMuch[] {
  const groups = new Map<Binding, Excess[]>();
  for (const each of excess) groups.set(each.grant.binding, [...(groups.get(each.grant.binding) ?? []), each]);
  return [...groups].map(([binding, parts]) => {
    const requests = parts.flatMap((part) => part.requests);
    const everything = parts.some(({ grant }) => isEverything(grant));
    const all: AccessRequest = { verb: '*', group: '*', resource: '*', namespace: binding.namespace, name: '' };
    const distinct = new Set(
      requests.map(({ verb, group, resource, name }) => [verb, group, resource, name].join(' ')),
    );
    return {
      binding,
      parts,
      told: [...(everything ? [all] : []), ...mostTelling(requests, mostTold)],
      everything,
      count: distinct.size,
    };
  });
}

/** Everything that is to be asked. */
export function allRequests({ can, cannot, tooMuch, waysUp: ways }: Questions): AccessRequest[] {
  return [
    ...can.flatMap(({ requests }) => requests),
    ...cannot.map(({ request }) => request),
    ...tooMuch.flatMap(({ told }) => told),
    ...ways,
  ];
}

/** Where what the RBAC objects say is not what the API server answers: a change is on its way, or something else decides. */
export function disagreements(
  questions: Questions,
  answers: ReadonlySet<AccessRequest>,
  identity: Identity,
  facts: RbacFacts,
): AccessRequest[] {
  const grants = grantsOf(identity, facts.bindings, facts.roles);
  return allRequests(questions).filter(
    (request) => grants.some((grant) => allows(grant, request)) !== answers.has(request),
  );
}

/**
 * The verdict. The API server's answers decide; what RBAC objects say explains them.
 * @throws CannotJudge when something that a binding gives is refused by the API server all the same, and nothing else
 * is wrong: who decides there can't be seen.
 */
export function judge(
  duty: Duty,
  questions: Questions,
  answers: ReadonlySet<AccessRequest>,
  facts: RbacFacts,
  discovered: readonly ApiResource[],
): Finding[] {
  const { identity } = duty;
  const grants = grantsOf(identity, facts.bindings, facts.roles);
  const explained = (request: AccessRequest) => grants.some((grant) => allows(grant, request));
  const words = { duty, discovered };
  const missing = questions.can.flatMap(({ rule, requests }) => {
    const refused = requests.filter((request) => !answers.has(request));
    return refused.length > 0 ? [missingFinding(words, rule, refused, grants)] : [];
  });
  const forbidden = questions.cannot.filter(({ request }) => answers.has(request));
  const confirmed = questions.tooMuch.flatMap((each): TooMuch[] => {
    const told = each.told.filter((request) => answers.has(request));
    // Where only URLs are too much there is nothing that could be asked by resource.
    return told.length > 0 || each.told.length === 0 ? [{ ...each, told }] : [];
  });
  const wanted = questions.can.flatMap(({ requests }) => requests);
  const isBeside = ({ binding }: TooMuch) =>
    wanted.length > 0 &&
    binding.namespace === duty.namespace &&
    wanted.every((request) => grants.some((grant) => grant.binding !== binding && allows(grant, request)));
  const unexplained = questions.waysUp.filter((request) => answers.has(request) && !explained(request));
  const findings = [
    ...missing,
    ...forbiddenFinding(words, forbidden),
    ...confirmed.map((each) => excessFinding(words, each, isBeside(each))),
    ...unexplainedFinding(words, unexplained),
  ];
  const denied = questions.tooMuch.flatMap(({ told }) => told.filter((request) => !answers.has(request)));
  const [example] = denied;
  if (findings.length === 0 && example) {
    const what = `${example.verb} ${formatResource(example, discovered)}`;
    throw new CannotJudge(
      text(
        `RBAC 오브젝트는 ${what} 권한을 주는데 API 서버는 거절합니다. 다른 권한 검사기가 결정하고 있습니다.`,
        `The RBAC objects give ${what}, but the API server refuses it: another authorizer decides.`,
      ),
      identity.label,
    );
  }
  return findings;
}

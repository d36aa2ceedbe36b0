import type { Text } from '../../contract/text.ts';
import type { Finding } from '../../contract/verdict.ts';
import { text } from '../network/words.ts';
import { dangers, rankOf } from './dangers.ts';
import type { ApiResource } from './discovery.ts';
import type { Duty, TooMuch } from './judge-access.ts';
import { allows, type AccessRequest, type Grant } from './rbac.ts';
import { formatResource } from './resource-names.ts';
import { describeRules, type WantedRule } from './wanted.ts';

const reference = 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/';
const dangerReference = 'https://kubernetes.io/docs/concepts/security/rbac-good-practices/';

interface Context {
  duty: Duty;
  discovered: readonly ApiResource[];
}

/** How many of a rule's places are shown before the role alone has to do. */
const mostPlaces = 3;

/** Something of `can` that the API server refuses. */
export function missingFinding(
  { duty, discovered }: Context,
  rule: WantedRule,
  refused: readonly AccessRequest[],
  grants: readonly Grant[],
): Finding {
  const { identity, namespace } = duty;
  const wanted = describeRules([rule], discovered);
  const what = list(refused, discovered);
  const given = grants.find((grant) => refused.some((request) => allows(grant, request)));
  const inVain = given
    ? text(
        `${placeOf([given])}에 적혀 있는데도 API 서버가 거절합니다.`,
        `${placeOf([given])} gives it, and the API server refuses it all the same.`,
      )
    : null;
  const near = grants.find(({ rule: has }) =>
    refused.some(({ resource }) => has.resources?.some((pattern) => pattern === resource)),
  );
  const unbound = grants.every(({ binding }) => !binding.own);
  const why =
    inVain ??
    (unbound
      ? text(`${identity.label}: 이름이 적힌 바인딩이 없습니다.`, `No binding of the lab names ${identity.label}.`)
      : null);
  return {
    expected: text(
      `${identity.label}: ${namespace}에서 ${wanted} 할 수 있어야 합니다.`,
      `${identity.label} can ${wanted} in ${namespace}.`,
    ),
    found: text(`할 수 없습니다: ${what}`, `${identity.label} can't ${what}.`),
    where: near ? placeOf([near]) : identity.label,
    ...(why ? { why } : {}),
    reference,
  };
}

/** Things of `cannot` that the API server allows. */
export function forbiddenFinding(
  { duty, discovered }: Context,
  forbidden: readonly { grants: readonly Grant[]; request: AccessRequest }[],
): Finding[] {
  if (forbidden.length === 0) return [];
  const requests = forbidden.map(({ request }) => request);
  const what = list(requests, discovered);
  const grants = [...new Set(forbidden.flatMap((each) => each.grants))];
  return [
    {
      expected: text(
        `${duty.identity.label}: ${duty.namespace}에서 ${what} 할 수 없어야 합니다.`,
        `${duty.identity.label} can't ${what} in ${duty.namespace}.`,
      ),
      found: text(`할 수 있습니다: ${what}`, `${duty.identity.label} can ${what}.`),
      where: grants.length > 0 ? placesOf(grants) : duty.identity.label,
      ...whyOf(requests),
      reference,
    },
  ];
}

/**
 * What one binding gives that is too much.
 * @param beside whether other bindings give all of `can`: somebody has put a role beside this one.
 */
export function excessFinding({ duty, discovered }: Context, tooMuch: TooMuch, beside: boolean): Finding {
  const { identity, namespace, can } = duty;
  const { binding, told, count, everything, parts } = tooMuch;
  const grants = parts.map(({ grant }) => grant);
  const urls = everything ? [] : parts.flatMap((part) => part.urls.map(({ verb, url }) => `${verb} ${url}`));
  const shown = told.filter(({ verb }) => verb !== '*');
  const what = [list(shown, discovered), ...urls.slice(0, 3)].filter((each) => each !== '').join(', ');
  const more = count - shown.length;
  const place =
    binding.kind === 'ClusterRoleBinding'
      ? text('클러스터 전체에서', 'across the cluster')
      : text(`${binding.namespace}에서`, `in ${binding.namespace}`);
  const all = everything ? text('무엇이든 (* *): ', 'everything (* *): ') : text('', '');
  const rest = more > 0 ? text(` 외 ${more}가지`, ` and ${more} more`) : text('', '');
  const expected =
    binding.namespace === namespace && can.length > 0
      ? text(
          `${identity.label}: ${namespace}에서 할 수 있는 것은 이것뿐이어야 합니다: ${describeRules(can, discovered)}`,
          `In ${namespace}, ${identity.label} can do this and nothing else: ${describeRules(can, discovered)}`,
        )
      : text(
          `${identity.label}: ${place.ko} 아무것도 할 수 없어야 합니다.`,
          `${identity.label} can do nothing ${place.en}.`,
        );
  return {
    expected,
    found: text(
      `${binding.kind}/${binding.name}: ${place.ko} 할 수 있습니다. ${all.ko}${what}${rest.ko}`,
      `${binding.kind}/${binding.name} gives ${all.en}${what}${rest.en}, ${place.en}.`,
    ),
    where: placesOf(grants),
    ...whyOf(told, whyBound(grants, beside)),
    reference: told.some((request) => isDangerous(request)) ? dangerReference : reference,
  };
}

/** What the API server allows although no binding gives it. */
export function unexplainedFinding({ duty, discovered }: Context, requests: readonly AccessRequest[]): Finding[] {
  const [first] = requests;
  if (!first) return [];
  const what = list(requests.slice(0, 6), discovered);
  return [
    {
      expected: text(
        `${duty.identity.label}: 맡은 일 말고는 할 수 없어야 합니다.`,
        `${duty.identity.label} can do nothing beyond its duties.`,
      ),
      found: text(`API 서버가 허용합니다: ${what}`, `The API server allows it to ${what}.`),
      where: duty.identity.label,
      why: text(
        '이 권한을 주는 RBAC 바인딩은 보이지 않습니다. 다른 네임스페이스나 다른 권한 검사기가 주는 것입니다.',
        'No RBAC binding in sight gives it: another authorizer does.',
      ),
      reference,
    },
  ];
}

/** `delete pods, get secrets (db-password)` */
function list(requests: readonly AccessRequest[], discovered: readonly ApiResource[]): string {
  const words = requests.map((request) => {
    const resource = request.resource === '*' ? '*' : formatResource(request, discovered);
    return `${request.verb} ${resource}${request.name === '' ? '' : ` (${request.name})`}`;
  });
  return [...new Set(words)].join(', ');
}

/** `RoleBinding/dev-all → ClusterRole/admin rules[0]` */
function placeOf(grants: readonly Grant[]): string {
  const [first] = grants;
  if (!first) return '';
  const indexes = [...new Set(grants.map(({ index }) => index))];
  const rules = indexes.length > mostPlaces ? '' : ` ${indexes.map((index) => `rules[${index}]`).join(', ')}`;
  return `${first.binding.kind}/${first.binding.name} → ${first.role.kind}/${first.role.name}${rules}`;
}

function placesOf(grants: readonly Grant[]): string {
  const bindings = [...new Set(grants.map(({ binding }) => binding))];
  return bindings.map((binding) => placeOf(grants.filter((grant) => grant.binding === binding))).join('; ');
}

/** Why a binding reaches somebody it doesn't name, or why it is still there. */
function whyBound(grants: readonly Grant[], beside: boolean): Text[] {
  const [grant] = grants;
  if (!grant) return [];
  const { subject } = grant;
  const group =
    subject.kind === 'Group'
      ? [
          text(
            `바인딩의 대상이 ${subject.name} 그룹이라 여기에 든 모두에게 미칩니다.`,
            `It is bound to the group ${subject.name}, so it reaches everyone in that group.`,
          ),
        ]
      : [];
  const added = beside
    ? [
        text(
          '권한은 더해지기만 합니다. 다른 Role을 옆에 두어도 이 바인딩이 주는 것은 줄지 않습니다.',
          'Permissions only add up: another Role beside this binding takes nothing away from it.',
        ),
      ]
    : [];
  return [...group, ...added];
}

function whyOf(requests: readonly AccessRequest[], others: readonly Text[] = []): { why?: Text } {
  const worst = Math.min(...requests.map(({ verb, group, resource }) => rankOf(verb, group, resource)));
  const danger = dangers[worst];
  const all = [...others, ...(danger ? [danger.why] : [])].slice(0, 2);
  if (all.length === 0) return {};
  return { why: text(all.map(({ ko }) => ko).join(' '), all.map(({ en }) => en).join(' ')) };
}

function isDangerous({ verb, group, resource }: AccessRequest): boolean {
  return rankOf(verb, group, resource) < dangers.length;
}

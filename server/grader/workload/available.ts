import type { KubernetesObject } from '@kubernetes/client-node';
import { podTemplateOf } from '../../cluster/pod-template.ts';
import type { Text } from '../../contract/text.ts';
import type { Finding } from '../../contract/verdict.ts';
import { CannotJudge } from '../check.ts';
import { text } from '../network/words.ts';
import type { Controller } from '../traffic/workloads.ts';
import { imageName } from './images.ts';
import type { LiveWorkload, Workloads } from './read.ts';
import { desiredOf, rolloutOf } from './rollout.ts';

export const reference = 'https://kubernetes.io/docs/concepts/workloads/';

const podMakers = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod']);

/** Which workload, in the scenario's name and the real one of its namespace. */
export interface Wanted {
  name: string;
  namespace: string;
}

/**
 * Whether a workload is what it was at the start: there, of the same kind, as many replicas or more, the same images;
 * and all of it new, ready and running on.
 * @throws CannotJudge while pods are starting and nothing else is wrong.
 */
export function judgeAvailable(
  { name, namespace }: Wanted,
  { all, refusals }: Workloads,
  start: readonly KubernetesObject[],
  now: number,
): Finding[] {
  const began = start.find(
    ({ kind = '', metadata }) => podMakers.has(kind) && metadata?.name === name && metadata.namespace === namespace,
  ) as Controller | undefined;
  const object = `${began?.kind ?? 'Deployment'}/${name}`;
  const runs = text(`${namespace}/${name}: 처음처럼 돌고 있어야 합니다.`, `${namespace}/${name} runs as at the start.`);
  if (!began) {
    throw new CannotJudge(
      text(
        `시나리오에 ${namespace}/${name} 워크로드가 없습니다.`,
        `The scenario has no workload ${namespace}/${name}.`,
      ),
      object,
    );
  }
  const workload = all.find((each) => each.namespace === namespace && each.object === object);
  const finding = (found: Text, where = object, why?: Text): Finding => ({
    expected: runs,
    found,
    where,
    ...(why ? { why } : {}),
    reference,
  });
  if (!workload) return [finding(text(`${object} 오브젝트가 없습니다.`, `${object} is gone.`))];
  const changed = [...fewer(workload, began), ...otherImages(workload, began)].map((found) => finding(found));
  if (changed.length > 0) return changed;
  const rollout = rolloutOf(workload, refusals, now);
  if (rollout.state === 'starting') throw new CannotJudge(rollout.found, rollout.where);
  return rollout.state === 'failing' ? [finding(rollout.found, rollout.where, rollout.why)] : [];
}

function fewer({ kind, live, object }: LiveWorkload, began: Controller): Text[] {
  const desired = desiredOf({ kind, live });
  const wanted = kind === 'DaemonSet' ? 1 : desiredOf({ kind, live: began });
  if (kind === 'CronJob' && (live.spec as { suspend?: boolean }).suspend) {
    return [text(`${object}: 멈춰 있습니다 (suspend).`, `${object} is suspended.`)];
  }
  if (desired >= wanted) return [];
  return desired === 0
    ? [text(`${object}: 레플리카가 0입니다.`, `${object} is scaled to zero.`)]
    : [
        text(
          `${object}: 레플리카가 ${desired}개입니다. 처음에는 ${wanted}개였습니다.`,
          `${object} has ${desired} ${desired === 1 ? 'replica' : 'replicas'}; at the start it had ${wanted}.`,
        ),
      ];
}

/** Containers of the start must be there with their images; what a learner adds beside them is fine. */
function otherImages({ live, object }: LiveWorkload, began: Controller): Text[] {
  const now = new Map(containersOf(live).map(({ name, image }) => [name, image ?? '']));
  return containersOf(began).flatMap(({ name, image = '' }): Text[] => {
    const found = now.get(name);
    if (found === undefined) {
      return [text(`${object}: ${name} 컨테이너가 없습니다.`, `${object} has no container ${name} any more.`)];
    }
    if (imageName(found) === imageName(image)) return [];
    return [
      text(
        `${object}: ${name} 컨테이너의 이미지(image)가 ${found}입니다. 처음에는 ${image}였습니다.`,
        `The container ${name} of ${object} runs the image ${found}; at the start it was ${image}.`,
      ),
    ];
  });
}

function containersOf(workload: Controller): { name: string; image?: string }[] {
  return podTemplateOf(workload)?.spec?.containers ?? [];
}

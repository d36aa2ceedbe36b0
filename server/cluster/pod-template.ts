import type { KubernetesObject, V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node';

/** What pods are made from: their labels, annotations and spec. */
export interface PodTemplate {
  metadata?: Pick<V1ObjectMeta, 'labels' | 'annotations'>;
  spec?: V1PodSpec;
}

interface MakesPods {
  template?: PodTemplate;
  jobTemplate?: { spec?: { template?: PodTemplate } };
}

/**
 * Where the spec of pods stands in a Pod, in what makes pods by a template, and in a CronJob.
 * @param kind for an object of a list, which doesn't say its own.
 * @returns undefined for an object that makes no pods.
 */
export function podTemplateOf(
  object: KubernetesObject & { spec?: object },
  kind: string | undefined = object.kind,
): PodTemplate | undefined {
  if (kind === 'Pod') return object as PodTemplate;
  const { template, jobTemplate }: MakesPods = object.spec ?? {};
  return jobTemplate?.spec?.template ?? template;
}

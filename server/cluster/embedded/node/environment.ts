import type { V1Container, V1EnvVar, V1Pod } from '@kubernetes/client-node';
import { fieldOf } from './fields.ts';
import type { NodeMirror } from './node-mirror.ts';
import { sourceOf, SourceError } from './sources.ts';

/** A container's environment: Services of its namespace, then envFrom, then env, `$(NAME)` expanded. @throws SourceError */
export function environmentOf(
  pod: V1Pod,
  container: V1Container,
  podIP: string,
  mirror: NodeMirror,
): Record<string, string> {
  const namespace = pod.metadata?.namespace ?? '';
  const result: Record<string, string> =
    pod.spec?.enableServiceLinks === false ? {} : serviceVariables(namespace, mirror);
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef;
    if (!ref) continue;
    const data = sourceOf(mirror, configMapRef ? 'ConfigMap' : 'Secret', namespace, ref.name ?? '', ref.optional);
    for (const [key, value] of data ?? []) result[prefix + key] = value.toString();
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, pod, container, podIP, mirror, result);
    if (value !== undefined) result[variable.name] = value;
  }
  return result;
}

/** Replaces `$(NAME)`; `$$(NAME)` is the escaped form, and what isn't known stays. */
export function expand(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (variables[name] ?? whole),
  );
}

function valueOf(
  { value, valueFrom }: V1EnvVar,
  pod: V1Pod,
  container: V1Container,
  podIP: string,
  mirror: NodeMirror,
  known: Record<string, string>,
): string | undefined {
  if (!valueFrom) return expand(value ?? '', known);
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath, podIP);
  if (resourceFieldRef) return container.resources?.limits?.[resourceFieldRef.resource.replace('limits.', '')] ?? '0';
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) return undefined;
  const kind = configMapKeyRef ? 'ConfigMap' : 'Secret';
  const namespace = pod.metadata?.namespace ?? '';
  const found = sourceOf(mirror, kind, namespace, ref.name ?? '', ref.optional)?.get(ref.key);
  if (found === undefined && !ref.optional)
    throw new SourceError(`couldn't find key ${ref.key} in ${kind} ${namespace}/${ref.name ?? ''}`);
  return found?.toString();
}

function serviceVariables(namespace: string, mirror: NodeMirror): Record<string, string> {
  const result: Record<string, string> = {};
  const services = [...mirror.list('Service', namespace), mirror.get('Service', 'kubernetes', 'default')];
  for (const service of services) {
    const { clusterIP, ports = [] } = service?.spec ?? {};
    const [first] = ports;
    if (!clusterIP || clusterIP === 'None' || !first) continue;
    const name = (service?.metadata?.name ?? '').toUpperCase().replaceAll('-', '_');
    result[`${name}_SERVICE_HOST`] = clusterIP;
    result[`${name}_SERVICE_PORT`] = String(first.port);
    for (const port of ports)
      if (port.name) result[`${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`] = String(port.port);
  }
  return result;
}

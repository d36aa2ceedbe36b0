import { isNotFound } from './kube-error.ts';
import type { Kube } from './kube.ts';

/** GETs an object by its REST path. @returns undefined where there is no such thing. @throws like `Kube.request` */
export async function find<T>(kube: Pick<Kube, 'request'>, path: string, signal?: AbortSignal): Promise<T | undefined> {
  try {
    return (await kube.request<T>('GET', path, signal ? { signal } : {})).value;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

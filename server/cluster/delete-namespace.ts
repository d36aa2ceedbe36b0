import { setTimeout as sleep } from 'node:timers/promises';
import { isNotFound } from './kube-error.ts';
import type { Kube } from './kube.ts';

/** Deletes a namespace with all in it and resolves when it is gone; that it isn't there is fine. */
export async function deleteNamespace(kube: Kube, name: string, signal?: AbortSignal): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  const options = signal ? { signal } : {};
  if (!(await isThere(kube.request('DELETE', path, options)))) return;
  for (let wait = 20; await isThere(kube.request('GET', path, options)); wait = Math.min(wait * 1.3, 250))
    await sleep(wait, undefined, options);
}

async function isThere(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

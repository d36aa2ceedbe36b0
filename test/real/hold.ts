import { pino } from 'pino';
import { afterAll, beforeAll, inject } from 'vitest';
import { ClusterHold } from '../../server/cluster/existing/hold/hold.ts';
import { Kube } from '../../server/cluster/kube.ts';

/** Holds the real cluster, as a platform does, for as long as the work takes: another run waits for it or is refused. */
export async function whileHolding<T>(work: () => Promise<T>): Promise<T> {
  const letGo = await hold();
  try {
    return await work();
  } finally {
    await letGo();
  }
}

/** The same for a file of tests that works with the cluster and starts no platform. Called before other hooks are made. */
export function holdCluster(): void {
  let letGo: () => Promise<void>;
  beforeAll(async () => {
    letGo = await hold();
  });
  afterAll(() => letGo());
}

async function hold(): Promise<() => Promise<void>> {
  const kube = new Kube(inject('kubeconfig'));
  try {
    const held = await ClusterHold.take(kube, {
      log: pino({ level: 'silent' }),
      signal: AbortSignal.timeout(60_000),
      onLost: (error) => {
        throw error;
      },
    });
    return async () => {
      await held.release();
      await kube.close();
    };
  } catch (error) {
    await kube.close();
    throw error;
  }
}

import type { Config } from '../../server/config.ts';
import type { ClusterKind } from '../../server/contract/cluster-status.ts';
import { isOpen } from '../../server/attempt/record.ts';
import { measureLab } from './labs.ts';
import { measureNamespaces } from './namespaces.ts';
import { learner, startBench, type Bench } from './platform.ts';
import type { Measurement } from './sample.ts';

export interface RealOptions {
  folder: string;
  smoke: boolean;
  /** Words that a lab's id must have one of; without any, all labs, or one in a smoke run. */
  wanted: readonly string[];
  /** Ends it; what it made is removed before it rejects. */
  signal: AbortSignal;
  add: (measured: Measurement[]) => void;
}

/** Measures every lab on a cluster with real pods. However it ends, the attempts that it made are ended. */
export async function measureReal(
  config: Config & { cluster: ClusterKind },
  { folder, smoke, wanted, signal, add }: RealOptions,
): Promise<void> {
  const bench = await startBench(config, folder, signal);
  try {
    // The platform measures the network once at its start; no judgement is to wait for that here.
    await bench.cluster.flowProber?.network(signal);
    add(await measureNamespaces(bench, smoke ? 1 : 5));
    const labs = [...bench.content.labs.values()].filter(
      ({ id }) => wanted.length === 0 || wanted.some((word) => id.includes(word)),
    );
    for (const lab of smoke && wanted.length === 0 ? labs.slice(-1) : labs)
      add(await measureLab(bench, lab, smoke ? { rounds: 1, judgements: 2 } : { rounds: 5, judgements: 4 }));
  } finally {
    try {
      await endAll(bench);
    } finally {
      await bench.stop();
    }
  }
}

async function endAll({ attempts }: Bench): Promise<void> {
  const who = learner('bench');
  for (const { id, state } of attempts.list(who)) if (isOpen(state)) await attempts.end(who, id);
}

import type { NetworkMeasure } from '../../../contract/network.ts';
import type { FlowProber } from '../../cluster.ts';
import { Slots } from '../../../slots.ts';
import type { PodProber } from './pod-prober.ts';
import { CannotRun } from './run-in-container.ts';
import { answersOf, trying } from './try-flows.ts';
import { untilAborted } from './until-aborted.ts';

/** A class that starts together: its pods come first, and what is not prepared is made by the first judgement. */
const preparedAtOnce = 8;

/**
 * Sends packets from the platform's containers in pods.
 * @param parts what it stands on; asked for each time, as it is there only while the cluster is.
 */
export function flowProber(parts: () => { prober: PodProber; network: Promise<NetworkMeasure> }): FlowProber {
  const slots = new Slots(preparedAtOnce);
  return {
    network: (signal) => untilAborted(parts().network, signal),
    prepare: (from, signal) =>
      slots.run(async () => {
        signal.throwIfAborted();
        await parts().prober.prepare(from, signal);
      }),
    async tryFlows(from, flows, signal) {
      try {
        const run = await parts().prober.run(from, { ...trying(flows), signal });
        return { result: 'tried', answers: answersOf(flows, run) };
      } catch (error) {
        if (error instanceof CannotRun) return { result: 'impossible', detail: error.message };
        throw error;
      }
    },
  };
}

import { withLearner } from './account.ts';
import { cleanUp } from './clean-up.ts';
import { emptyNamespaces } from './empty-namespaces.ts';
import type { Environment } from './environment.ts';
import type { Plot } from './plot.ts';

/** How long namespaces may take to be emptied; after that they go with what is in them. */
const emptiedWithin = 10_000;

/**
 * Ends an attempt's life in the cluster: its terminals, and all that it has there. Resolves when nothing is left.
 * @param onUnemptied told why its namespaces were not emptied, and go with what is in them.
 */
export async function leaveCluster(
  plot: Plot,
  environment: Environment,
  onUnemptied: (error: unknown) => void,
): Promise<void> {
  await Promise.all([environment.terminals.remove(plot.attempt), leaveNamespaces(plot, environment, onUnemptied)]);
}

async function leaveNamespaces(
  plot: Plot,
  { applier, flowProber }: Environment,
  onUnemptied: (error: unknown) => void,
): Promise<void> {
  // Kubernetes looks ever later again whether a namespace's real pods have ended: none is left when it first looks.
  if (flowProber) {
    const signal = AbortSignal.timeout(emptiedWithin);
    const emptied = withLearner(plot, applier, (learner) => emptyNamespaces(plot, applier.paths, learner, signal));
    await emptied.catch(onUnemptied);
  }
  await cleanUp(applier, plot.attempt, plot.names, plot.start);
}

import { z } from 'zod';
import { NetworkMeasure, NodeNetworkState } from './network.ts';
import { Progress } from './progress.ts';
import { Problem } from './problem.ts';
import { Text } from './text.ts';

export const ClusterKind = z.enum(['embedded', 'kind', 'existing']);
export type ClusterKind = z.infer<typeof ClusterKind>;

/** One supervised process of the control plane. */
export const ComponentStatus = z.object({
  name: z.string(),
  state: z.enum(['starting', 'running', 'restarting', 'stopped']),
  /** Restarts since the platform started. */
  restarts: z.number().int(),
  /** Resident memory in bytes, where it can be read. */
  memory: z.number().optional(),
});
export type ComponentStatus = z.infer<typeof ComponentStatus>;

/**
 * `preparing`: not usable yet, `progress` says why. `ready`: usable. `degraded`: a component is down and being
 * restarted. `failed`: it can't become usable without the user; `problem` says what to do. `stopped`: shut down.
 */
export const ClusterStatus = z.object({
  kind: ClusterKind,
  /** Why labs run in this one, in a sentence; null where nobody chose. */
  reason: Text.nullable(),
  phase: z.enum(['preparing', 'ready', 'degraded', 'failed', 'stopped']),
  progress: Progress.nullable(),
  components: z.array(ComponentStatus),
  problem: Problem.nullable(),
  /** As the API server says it, `v1.37.2`; null until known. */
  version: z.string().nullable(),
  /** Null until it is measured, and where there is nothing to measure: simulated pods have a network of ours. */
  network: NetworkMeasure.nullable(),
  /** Null until known, and where pods are simulated: their network holds the same by itself. */
  nodeNetwork: NodeNetworkState.nullable(),
});
export type ClusterStatus = z.infer<typeof ClusterStatus>;

import { z } from 'zod';

/** What was measured of a cluster's network, by real packets. */
export const NetworkMeasure = z.object({
  /** `ignored`: NetworkPolicies are accepted and have no effect. `unknown`: it could not be measured. */
  policies: z.enum(['enforced', 'ignored', 'unknown']),
  /** How a packet that a policy denies ends: without any answer, or with an error that the network sends itself. */
  denial: z.enum(['silent', 'refused', 'unreachable']),
  /** Why it is unknown; else empty. */
  reason: z.string(),
});
export type NetworkMeasure = z.infer<typeof NetworkMeasure>;

/** What keeps lab pods from other attempts, other pods, nodes and metadata, whatever the learner's policies say. */
export const NodeNetworkState = z.object({
  /** `held`: the rules are in force on every node. `lacking`: on some node they are not. `off`: nobody wants them. */
  state: z.enum(['held', 'lacking', 'off']),
  /** Why they are lacking; else empty. */
  reason: z.string(),
});
export type NodeNetworkState = z.infer<typeof NodeNetworkState>;

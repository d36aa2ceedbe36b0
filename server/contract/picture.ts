import { z } from 'zod';
import { Text } from './text.ts';

/** A workload, or a place outside the cluster. Ids are endpoints as labs write them: `production/api`, `internet`. */
export const PictureNode = z.object({
  id: z.string(),
  kind: z.enum(['workload', 'internet', 'metadata', 'address']),
  /** The scenario's own, or made by the learner during the attempt. */
  origin: z.enum(['scenario', 'learner']),
  /** Real namespace; empty outside the cluster. */
  namespace: z.string(),
  name: z.string(),
  /** Declared ports, as `8080/TCP`. */
  ports: z.array(z.string()),
  pods: z.object({ ready: z.number().int(), total: z.number().int() }).nullable(),
  /** The reason the worst pod is not ready, as `CrashLoopBackOff`; empty when all is well. */
  trouble: z.string(),
  /** Pod Security level the running template satisfies; null outside the cluster. */
  level: z.enum(['privileged', 'baseline', 'restricted']).nullable(),
});
export type PictureNode = z.infer<typeof PictureNode>;

/**
 * `required`: must pass and does. `missing`: must pass and is blocked. `open`: must not pass and does.
 * `blocked`: must not pass and doesn't. `free`: passes, and the lab doesn't mind.
 */
export const FlowState = z.enum(['required', 'missing', 'open', 'blocked', 'free']);
export type FlowState = z.infer<typeof FlowState>;

export const PictureFlow = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  port: z.number().int(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']),
  state: FlowState,
  /** Why it passes or not, in order: egress of the source, then ingress of the destination. */
  why: z.array(z.object({ text: Text, where: z.string() })),
});
export type PictureFlow = z.infer<typeof PictureFlow>;

/** The cluster as the learner's attempt stands now. */
export const Picture = z.object({
  namespaces: z.array(
    z.object({
      name: z.string(),
      main: z.boolean(),
      /** `pod-security.kubernetes.io/enforce`, or empty. */
      enforce: z.string(),
      policies: z.number().int(),
    }),
  ),
  nodes: z.array(PictureNode),
  flows: z.array(PictureFlow),
});
export type Picture = z.infer<typeof Picture>;

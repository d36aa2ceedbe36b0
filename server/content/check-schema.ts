import { z } from 'zod';
import { Text } from '../contract/text.ts';

/** A DNS label (RFC 1123), as names of namespaces and workloads are. */
export const Name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be a lower-case DNS label, as my-name');
export const Protocol = z.enum(['TCP', 'UDP', 'SCTP']);
export type Protocol = z.infer<typeof Protocol>;

/**
 * Where a flow starts or ends, in the scenario's names: `namespace/workload`, `namespace/*` (each workload of it), `dns`
 * (cluster DNS, port 53 over UDP and TCP), `internet` (an arbitrary public address), `metadata` (169.254.169.254), an
 * IP address, or a CIDR range.
 */
export const Endpoint = z
  .string()
  .regex(
    /^(dns|internet|metadata|[a-z0-9-]+\/([a-z0-9-]+|\*)|\d+\.\d+\.\d+\.\d+(\/\d+)?)$/,
    'must be namespace/workload, namespace/*, dns, internet, metadata, an IPv4 address or a range as 10.0.0.0/8',
  );
export type Endpoint = z.infer<typeof Endpoint>;

export const FlowRule = z.strictObject({
  from: Endpoint,
  to: Endpoint,
  /** Needed unless `to` is `dns`. */
  port: z.number().int().min(1).max(65535).optional(),
  protocol: Protocol.default('TCP'),
});
export type FlowRule = z.infer<typeof FlowRule>;

export const TrafficSpec = z.strictObject({
  allow: z.array(FlowRule).default([]),
  deny: z.array(FlowRule).default([]),
  /** `deny`: what `allow` doesn't list must not pass (the closed world of the lab format). */
  others: z.enum(['deny', 'ignore']).default('ignore'),
});
export type TrafficSpec = z.infer<typeof TrafficSpec>;

export const AccessRule = z.strictObject({
  verbs: z.array(z.string()).min(1),
  /** As kubectl writes them: `pods`, `pods/log`, `deployments.apps`, `deployments.apps/scale`. */
  resources: z.array(z.string()).min(1),
  names: z.array(z.string()).optional(),
});
export type AccessRule = z.infer<typeof AccessRule>;

export const AccessSpec = z.strictObject({
  /** `User NAME`, `Group NAME` or `ServiceAccount NAMESPACE/NAME`, in the scenario's names. */
  subject: z
    .string()
    .regex(
      /^(User|Group) \S+$|^ServiceAccount [a-z0-9-]+\/[a-z0-9.-]+$/,
      'must be "User x", "Group x" or "ServiceAccount namespace/x"',
    ),
  namespace: Name,
  can: z.array(AccessRule).default([]),
  cannot: z.array(AccessRule).default([]),
  /** `deny`: nothing beyond `can`, in this namespace, the others, and the cluster. */
  others: z.enum(['deny', 'ignore']).default('ignore'),
});
export type AccessSpec = z.infer<typeof AccessSpec>;

export const PodSecurityLevel = z.enum(['privileged', 'baseline', 'restricted']);
export type PodSecurityLevel = z.infer<typeof PodSecurityLevel>;

export const PodSecuritySpec = z.strictObject({
  namespace: Name,
  enforce: z.enum(['baseline', 'restricted']),
  /** Workloads that must comply and run. */
  running: z.array(Name).default([]),
});
export type PodSecuritySpec = z.infer<typeof PodSecuritySpec>;

export const Serves = z.strictObject({
  from: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'must be namespace/workload'),
  /** In the scenario's names: `http://frontend.${PRODUCTION}:8080/checkout`. */
  get: z.string().startsWith('http://'),
  status: z.number().int().default(200),
  contains: z.string().optional(),
});
export type Serves = z.infer<typeof Serves>;

export const WorkloadSpec = z.strictObject({
  /** By namespace: running with the same images as at the start and at least as many replicas, and not restarting. */
  available: z.record(Name, z.array(Name).min(1)).default({}),
  serves: z.array(Serves).default([]),
});
export type WorkloadSpec = z.infer<typeof WorkloadSpec>;

const common = { title: Text, points: z.number().int().min(1).max(100) };

/** Exactly one of the kinds. */
export const CheckSpec = z.union([
  z.strictObject({ ...common, traffic: TrafficSpec }),
  z.strictObject({ ...common, access: AccessSpec }),
  z.strictObject({ ...common, podSecurity: PodSecuritySpec }),
  z.strictObject({ ...common, workload: WorkloadSpec }),
]);
export type CheckSpec = z.infer<typeof CheckSpec>;

import { join } from 'node:path';

/** What the API servers of the embedded cluster and of kind are configured by: kind-config.yaml mounts this folder. */
export const auditPolicyPath = join(import.meta.dirname, 'audit-policy.yaml');
export const admissionPath = join(import.meta.dirname, 'admission.yaml');

import { join } from 'node:path';

/** By which kind finds the cluster again. Another Haechi of the same user shares it. */
export const clusterName = 'haechi';

/** kind resolves the paths in its configuration against the folder that it runs in. */
export const rootFolder = join(import.meta.dirname, '..', '..', '..');
export const configPath = join(rootFolder, 'kind-config.yaml');

/** The first whose own node image has the embedded cluster's minor version. */
export const oldestKind = '0.33.0';

/** A control plane, two workers and a lab. Of a machine that is sold as 4 GB, the kernel leaves somewhat less. */
export const leastMemoryBytes = 3.5e9;

import type { Config } from '../config.ts';
import type { ClusterKind } from '../contract/cluster-status.ts';
import type { Text } from '../contract/text.ts';
import type { Log } from '../log.ts';
import type { Cluster } from './cluster.ts';

/** The cluster that the user chose; it is not started. What others need is not loaded. */
export async function openCluster(
  config: Pick<
    Config,
    'dataFolder' | 'programsDir' | 'mirror' | 'kubeconfig' | 'context' | 'nodeNetwork' | 'nodeNetworkImage'
  > & { cluster: ClusterKind },
  options: { log: Log; reason?: Text; throwaway?: boolean },
): Promise<Cluster> {
  switch (config.cluster) {
    case 'embedded': {
      const { EmbeddedCluster } = await import('./embedded/embedded.ts');
      return new EmbeddedCluster({ ...config, ...options });
    }
    case 'kind': {
      const { KindCluster } = await import('./kind/kind.ts');
      return new KindCluster({ ...config, ...options });
    }
    case 'existing': {
      const { ExistingCluster } = await import('./existing/existing.ts');
      return new ExistingCluster({ ...config, ...options });
    }
  }
}

import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { ClusterKind } from '../contract/cluster-status.ts';
import type { CreateTerminals } from '../environment.ts';
import type { Log } from '../log.ts';

/**
 * What makes the terminals that the user chose: pods where pods really run, unless told otherwise. What others need is not
 * loaded.
 * @throws Error that names the option when there can be no pods.
 */
export function chooseTerminals(
  { terminals, workbenchImage, dataFolder: all }: Pick<Config, 'terminals' | 'workbenchImage' | 'dataFolder'>,
  kind: ClusterKind,
  log: Log,
  environment: NodeJS.ProcessEnv = process.env,
): CreateTerminals {
  if (kind === 'embedded' && terminals === 'pod')
    throw new Error('--terminals: the simulated node of an embedded cluster runs no real programs: only sandbox');
  const dataFolder = join(all, 'terminals');
  switch (terminals ?? (kind === 'embedded' ? 'sandbox' : 'pod')) {
    case 'sandbox':
      return async (kubectl) => {
        const { createTerminalService } = await import('./sandbox-service.ts');
        // In a pod a plain shell would be the server's: it reads the token of the server's account.
        const allowUncontained = environment['KUBERNETES_SERVICE_HOST'] === undefined;
        return createTerminalService({ kubectl, dataFolder, log, allowUncontained });
      };
    case 'pod':
      return async (_, ground) => {
        const { createPodTerminals } = await import('./pod-service.ts');
        return createPodTerminals({ ...ground, dataFolder, log, ...(workbenchImage ? { image: workbenchImage } : {}) });
      };
  }
}

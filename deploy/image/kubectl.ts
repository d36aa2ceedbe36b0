import { cachedPrograms } from '../../server/cluster/embedded/programs.ts';
import { kubernetesVersion } from '../../server/cluster/embedded/program-names.ts';
import { openLog } from '../../server/log.ts';

/**
 * `node deploy/image/kubectl.ts FOLDER`: puts the kubectl release that goes with the platform into a folder, checked by
 * the SHA-256 that is published with it. HAECHI_MIRROR names another place than dl.k8s.io.
 */
const [folder = ''] = process.argv.slice(2);
await cachedPrograms(
  { names: ['kubectl'], version: kubernetesVersion, folder, buildable: false },
  { log: openLog('warn'), mirror: process.env['HAECHI_MIRROR'] },
  AbortSignal.timeout(300_000),
  () => undefined,
);

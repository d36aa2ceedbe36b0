import { join } from 'node:path';
import type { Applier } from '../cluster/apply.ts';
import type { Mirror } from '../cluster/mirror.ts';
import type { Log } from '../log.ts';
import { workbenchImage } from './pod/image.ts';
import { workbenchSizes, type WorkbenchSizes } from './pod/manifests.ts';
import { PodPlaces } from './pod/pod-places.ts';
import type { TerminalService } from './service.ts';
import { openTerminals } from './terminals.ts';

export interface PodTerminalOptions {
  /** Scrollback is kept in it; no other process may use it. */
  dataFolder: string;
  applier: Applier;
  /** Has been started; it is stopped after the terminals, by its owner. */
  mirror: Mirror;
  log: Log;
  /** Where the workbench image is called otherwise: pushed to a registry of the class' own. */
  image?: string;
  sizes?: Partial<WorkbenchSizes>;
}

/** Terminals whose shells run in a pod for each attempt, next to the learners' ServiceAccounts. */
export async function createPodTerminals(options: PodTerminalOptions): Promise<TerminalService> {
  const { dataFolder, applier, mirror, log } = options;
  const image = options.image ?? (await workbenchImage());
  const places = new PodPlaces({ applier, mirror, image, log, sizes: { ...workbenchSizes, ...options.sizes } });
  return openTerminals({ folder: join(dataFolder, 'attempts'), places, log });
}

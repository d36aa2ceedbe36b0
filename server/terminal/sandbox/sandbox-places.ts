import type { Log } from '../../log.ts';
import type { Place, Places } from '../place.ts';
import type { Containment } from '../service.ts';
import { SandboxPlace, type SandboxDependencies } from './sandbox-place.ts';
import { Warden, type WardenLimits } from './warden.ts';
import { Workspace } from './workspace.ts';

export interface SandboxPlacesOptions extends SandboxDependencies {
  dataFolder: string;
  log: Log;
  wardenLimits?: WardenLimits;
}

/** Sandboxes on this machine, and the warden that watches over them. */
export class SandboxPlaces implements Places {
  readonly containment: Containment;
  readonly shellsOutliveServer = false;
  readonly #options: SandboxPlacesOptions;
  readonly #places = new Map<string, SandboxPlace>();
  readonly #warden: Warden;

  constructor(options: SandboxPlacesOptions) {
    this.#options = options;
    this.containment = options.launcher.containment;
    this.#warden = new Warden({
      wards: () => [...this.#places.values()].map((place) => place.ward()),
      dataFolder: options.dataFolder,
      log: options.log,
      ...(options.wardenLimits ? { limits: options.wardenLimits } : {}),
    });
    if (this.containment.contained) this.#warden.start();
  }

  place(attempt: string, folder: string): Place {
    const workspace = new Workspace(attempt, folder, this.#options.launcher.uidFor(attempt));
    const place = new SandboxPlace(workspace, this.#options, () => this.#places.delete(attempt));
    this.#places.set(attempt, place);
    return place;
  }

  async stop(): Promise<void> {
    await this.#warden.stop();
  }
}

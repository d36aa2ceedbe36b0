import { join } from 'node:path';
import { shellEnvironment } from '../shell-environment.ts';
import type { Grounds, Launch, Launcher } from './launch.ts';
import type { SystemFolder } from './system-folder.ts';

/** Shells without a sandbox, for a single user on a loopback address: they can do what the server's user can. */
export class PlainLauncher implements Launcher {
  readonly containment: { contained: false; reason: string };
  readonly forwards = false;
  readonly #system: SystemFolder;

  /** @param reason why there is no sandbox. */
  constructor(system: SystemFolder, reason: string) {
    this.#system = system;
    this.containment = { contained: false, reason };
  }

  uidFor(): undefined {
    return undefined;
  }

  shell(grounds: Grounds, variables: Record<string, string>): Launch {
    return this.#launch(grounds, variables, ['--rcfile', join(this.#system.system, 'bashrc'), '-i']);
  }

  script(grounds: Grounds, variables: Record<string, string>, script: string): Launch {
    return this.#launch(grounds, variables, ['-c', script]);
  }

  #launch(grounds: Grounds, variables: Record<string, string>, bash: string[]): Launch {
    const { system: folder, folder: all, kubectl } = this.#system;
    const env = shellEnvironment(variables, {
      home: grounds.home,
      kubeconfig: join(grounds.kube, 'config'),
      path: `${join(folder, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
      system: folder,
    });
    return {
      file: '/bin/bash',
      args: [join(folder, 'launch'), '0', '-', '-', all, kubectl, 'bash', ...bash],
      env,
      cwd: grounds.home,
    };
  }
}

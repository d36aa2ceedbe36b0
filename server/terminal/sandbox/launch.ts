import type { Containment } from '../service.ts';

/** Folders of one attempt, and who its processes are. */
export interface Grounds {
  home: string;
  /** /tmp, the same in all terminals of the attempt. */
  temporary: string;
  /** ~/.kube. The platform writes its `config`, so its path isn't the learner's to change. */
  kube: string;
  /** Holds `api.sock`. */
  socket: string;
  /** User id outside; undefined for this process' own. */
  uid: number | undefined;
}

/** A process to start: with exactly this environment. */
export interface Launch {
  file: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
}

/** Makes programs run as learners: in a sandbox, or (a single user on their own machine) without. */
export interface Launcher {
  readonly containment: Containment;
  /** The learner's kubeconfig has to be the one for inside a sandbox, and something has to listen on `api.sock`. */
  readonly forwards: boolean;
  /** User id of an attempt's processes; undefined for this process' own. */
  uidFor(attempt: string): number | undefined;
  /** An interactive bash. @param variables are set in it, next to the environment of every shell. */
  shell(grounds: Grounds, variables: Record<string, string>): Launch;
  /** A bash that runs a script. */
  script(grounds: Grounds, variables: Record<string, string>, script: string): Launch;
}

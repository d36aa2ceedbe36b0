import type { ContainerIdentity, ContainerSetup, PodSandbox } from '../container.ts';
import type { FileTree } from './file-tree.ts';
import type { ProcessOutput } from './process.ts';

/** The first process of a container. */
export interface FirstProcess {
  /** The container's name. */
  name: string;
  line: readonly string[];
  identity: ContainerIdentity;
  env: Readonly<Record<string, string>>;
  files: FileTree;
  log: ProcessOutput;
}

/** A process as `ps` shows it. */
export interface SeenProcess {
  pid: number;
  line: readonly string[];
  uid: number;
  /** Undefined for one that belongs to no container of the pod. */
  process?: FirstProcess;
}

/** Process numbers that the first processes of a namespace are apart: what their containers' runtime started lies between. */
const apart = 6;

const hostProcesses = ['/sbin/init', '/usr/bin/containerd', '/usr/bin/kubelet', 'kube-apiserver --etcd-servers=…'];

/** The processes of one pod, and which of them a container sees (pid_namespaces(7)). */
export class PodProcesses {
  readonly #pod: PodSandbox;
  /** By the container's name, in the order they were started. */
  readonly #running = new Map<string, { process: FirstProcess; namespace: string }>();

  constructor(pod: PodSandbox) {
    this.#pod = pod;
  }

  /** @returns what takes it away when it has ended. */
  add(process: FirstProcess, setup: Pick<ContainerSetup, 'name' | 'target'>): () => void {
    const entry = { process, namespace: this.#namespaceOf(setup) };
    this.#running.delete(process.name);
    this.#running.set(process.name, entry);
    return () => {
      if (this.#running.get(process.name) === entry) this.#running.delete(process.name);
    };
  }

  /** What a container sees, by ascending number; its own first process is the last that was started. */
  seenBy(setup: Pick<ContainerSetup, 'name' | 'target'>): SeenProcess[] {
    const namespace = this.#namespaceOf(setup);
    const own = [...this.#running.values()]
      .filter((each) => each.namespace === namespace)
      .map(({ process }) => ({ line: process.line, uid: process.identity.uid, process }));
    const host = hostProcesses.map((command) => ({ line: [command], uid: 0 }));
    const pause = { line: ['/pause'], uid: 65535 };
    const shown = this.#pod.hostPID ? [...host, ...own] : this.#pod.ownPids ? own : [pause, ...own];
    return shown.map((each, index) => ({ ...each, pid: index === 0 ? 1 : 1 + index * apart }));
  }

  /** A container's processes share the numbers of the container that it debugs, or of the whole pod. */
  #namespaceOf({ name, target }: Pick<ContainerSetup, 'name' | 'target'>): string {
    if (!this.#pod.ownPids) return '';
    return target === undefined ? name : (this.#running.get(target)?.namespace ?? target);
  }
}

/**
 * Whether a process may look into another (ptrace(2), PTRACE_MODE_READ): its memory, environment and files under /proc.
 */
export function mayTrace(identity: ContainerIdentity, other: ContainerIdentity): boolean {
  if (identity.capabilities.includes('SYS_PTRACE')) return true;
  const sameUser = identity.uid === other.uid && identity.gid === other.gid;
  return sameUser && other.capabilities.every((name) => identity.capabilities.includes(name));
}

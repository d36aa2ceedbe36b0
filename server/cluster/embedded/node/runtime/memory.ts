/**
 * What a container's memory limit counts here (cgroups(7), memory.max): the files of its memory-backed emptyDirs, and
 * what a program would have to hold that reads without end, or a shell whose variables grow without end.
 */
export class ContainerMemory {
  /** Bytes; undefined for no limit. */
  readonly limit: number | undefined;
  readonly #kill: () => void;

  /** @param kill ends every process of the container, as the kernel does (memory.oom.group). */
  constructor(limit: number | undefined, kill: () => void) {
    this.limit = limit;
    this.#kill = kill;
  }

  /** More was asked for than there is. @returns whether the container is killed for it: without a limit it isn't. */
  exceed(): boolean {
    if (this.limit === undefined) return false;
    this.#kill();
    return true;
  }
}

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** Whether a pod in this phase runs no more. */
export function hasEnded(phase: PodPhase): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

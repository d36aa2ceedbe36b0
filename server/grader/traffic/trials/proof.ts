/**
 * What an answer proves about a connection to a pod that runs:
 *
 * - An answer: the packets passed, both ways.
 * - A refusal: as much. The pod's own network stack sends it where nothing listens; so a port needs no listener to be tried.
 *   Unless the network refuses in the pod's name what a policy denies: then a refusal proves nothing.
 * - Silence: they were dropped. A pod that runs answers or refuses; only what is in between is silent.
 * - "Unreachable": nothing, unless that is how the network denies.
 */
import type { TrialAnswer } from '../../../cluster/cluster.ts';
import type { NetworkMeasure } from '../../../contract/network.ts';

/** @returns null when it proves nothing. */
export function proofOf(answer: TrialAnswer, { denial }: Pick<NetworkMeasure, 'denial'>): 'passed' | 'dropped' | null {
  switch (answer) {
    case 'answered':
      return 'passed';
    case 'refused':
      return denial === 'refused' ? null : 'passed';
    case 'silent':
      return 'dropped';
    case 'unreachable':
      return denial === 'unreachable' ? 'dropped' : null;
    case 'failed':
      return null;
  }
}

/** Whether an answer proves other than what the engine says. */
export function contradicts(answer: TrialAnswer, allowed: boolean, network: Pick<NetworkMeasure, 'denial'>): boolean {
  const proof = proofOf(answer, network);
  return proof !== null && (proof === 'passed') !== allowed;
}

import type { KubernetesObject } from '@kubernetes/client-node';
import type { Lab } from '../content/content.ts';
import { namesFor, type Names } from '../content/names.ts';
import { renderScenario } from '../content/render.ts';

/** One attempt's part of the cluster and workspace, by its names. */
export interface Plot {
  attempt: string;
  lab: Lab;
  names: Names;
  /** The scenario's objects in the attempt's names. */
  start: KubernetesObject[];
}

/** @param suffix put behind the scenario's names; empty for a single learner on their own machine. */
export function plotOf(attempt: string, lab: Lab, suffix: string): Plot {
  const names = namesFor(lab.scenarioContent, suffix);
  return { attempt, lab, names, start: renderScenario(lab.scenarioContent, names) };
}

import type { TestProject } from 'vitest/node';
import { startEmbeddedCluster } from '../embedded-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The administrator's, of a cluster that all contract tests share. */
    kubeconfig: string;
    /** The path of the kubectl that goes with it. */
    kubectl: string;
    /** Of that cluster. */
    dataFolder: string;
  }
}

/** Starts one embedded cluster for all contract tests, and stops it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { cluster, dataFolder, stop } = await startEmbeddedCluster('haechi-contract-');
  project.provide('kubeconfig', cluster.kubeconfig());
  project.provide('kubectl', cluster.programs().kubectl);
  project.provide('dataFolder', dataFolder);
  project.provide('cluster', 'embedded');
  return stop;
}

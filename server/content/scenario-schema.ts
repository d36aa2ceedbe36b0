import { z } from 'zod';
import { Text } from '../contract/text.ts';
import { Name } from './check-schema.ts';

/** scenarios/<name>/scenario.yaml */
export const ScenarioFile = z.strictObject({
  title: Text,
  /** By the name that labs use. Exactly one is the main one: the shell's current namespace. */
  namespaces: z.record(Name, z.strictObject({ main: z.boolean().default(false) })),
  /** Users that the manifests bind; each learner gets their own. Variable: `developer-user` → `${DEVELOPER_USER}`. */
  users: z.array(Name).default([]),
  /** Names of cluster-scoped objects other than namespaces; each learner gets their own. */
  clusterObjects: z.array(Name).default([]),
  /** What is wrong at the start; each line is found by a check of a lab that uses the scenario. */
  insecure: z.array(Text).min(1),
  /** Files and folders under files/ that are copied into the learner's home. */
  files: z.array(z.string()).default([]),
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;

import type { ScenarioFile } from './scenario-schema.ts';

/** What the scenario's names are for one attempt. */
export interface Names {
  /** By the scenario's name, the real one. */
  namespaces: Record<string, string>;
  users: Record<string, string>;
  clusterObjects: Record<string, string>;
  mainNamespace: string;
  /** `PRODUCTION` → `production-minji`: in manifests and guides as `${PRODUCTION}`, in the learner's shell as it is. */
  variables: Record<string, string>;
}

/** @param suffix the learner's, or empty for a single learner on their own machine. */
export function namesFor(scenario: ScenarioFile, suffix: string): Names {
  const own = (name: string) => (suffix ? `${name}-${suffix}` : name);
  const map = (names: string[]) => Object.fromEntries(names.map((name) => [name, own(name)]));
  const namespaces = map(Object.keys(scenario.namespaces));
  const users = map(scenario.users);
  const clusterObjects = map(scenario.clusterObjects);
  const main = Object.entries(scenario.namespaces).find(([, namespace]) => namespace.main)?.[0] ?? '';
  const all = { ...clusterObjects, ...users, ...namespaces };
  return {
    namespaces,
    users,
    clusterObjects,
    mainNamespace: namespaces[main] ?? '',
    variables: Object.fromEntries(Object.entries(all).map(([name, real]) => [variableName(name), real])),
  };
}

/** `developer-user` → `DEVELOPER_USER` */
export function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** Replaces `${NAME}` for the given variables only, as `envsubst` with a list does; every other `$` stays. */
export function substitute(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\{([A-Z0-9_]+)\}/g, (whole, name: string) => variables[name] ?? whole);
}

/** The same for every string in a value that is plain JSON. */
export function substituteAll<T>(value: T, variables: Record<string, string>): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'string' ? substitute(part, variables) : part,
  ) as T;
}

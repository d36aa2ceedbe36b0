import type { Names } from '../../content/names.ts';

/** Whom a check asks about, as the API server knows them. */
export interface Identity {
  /** In real names: `User developer-user-minji`. */
  label: string;
  user: string;
  groups: readonly string[];
}

/** @param subject `User x`, `Group x` or `ServiceAccount namespace/x`, in the scenario's names. */
export function identityOf(subject: string, { users, namespaces }: Names): Identity {
  const [kind, name = ''] = subject.split(' ');
  if (kind === 'ServiceAccount') {
    const [scenarioNamespace = '', account = ''] = name.split('/');
    const namespace = namespaces[scenarioNamespace] ?? scenarioNamespace;
    return { label: `ServiceAccount ${namespace}/${account}`, ...serviceAccount(namespace, account) };
  }
  if (kind === 'Group') {
    return name === 'system:unauthenticated'
      ? { label: subject, user: 'system:anonymous', groups: [name] }
      : { label: subject, user: nobody, groups: [...new Set([name, 'system:authenticated'])] };
  }
  const user = users[name] ?? name;
  return { label: `User ${user}`, user, groups: ['system:authenticated'] };
}

/** A user that no binding names: it can do what everybody of its kind can. */
const nobody = 'haechi:nobody';

/** Somebody of the same kind that nothing was given to. */
export function strangerLike({ user, groups }: Identity): Identity {
  const label = 'somebody without bindings';
  if (groups.includes('system:unauthenticated')) return { label, user, groups };
  return user.startsWith('system:serviceaccount:')
    ? { label, ...serviceAccount('haechi-nowhere', 'nobody') }
    : { label, user: nobody, groups: ['system:authenticated'] };
}

function serviceAccount(namespace: string, name: string): { user: string; groups: string[] } {
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

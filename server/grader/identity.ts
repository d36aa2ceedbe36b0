import type { KubernetesObject, V1ClusterRole } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { graderAccount as name, graderUsername as username, systemNamespace } from '../attempt/labels.ts';
import { applyAll, type Applier } from '../cluster/apply.ts';
import type { Kube } from '../cluster/kube.ts';
import { oneContext } from '../cluster/one-context.ts';
import { requestToken } from '../cluster/request-token.ts';

const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';
const read = ['get', 'list'];

/** Seconds that a token is asked to hold, and how long before its end a new one is asked for. */
const tokenSeconds = 3600;
const renewBeforeSeconds = 600;

/** Exactly what the checks need: reading what they judge (no Secret among it), asking who may what, dry runs. */
const role: V1ClusterRole = {
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules: [
    {
      apiGroups: [''],
      resources: ['namespaces', 'nodes', 'pods', 'services', 'serviceaccounts', 'events', 'replicationcontrollers'],
      verbs: read,
    },
    { apiGroups: ['apps'], resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'], verbs: read },
    { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: read },
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies', 'ingresses'], verbs: read },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
    { apiGroups: [rbac], resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'], verbs: read },
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    // Only as dry runs: RBAC can't say so, the admission policy below does.
    { apiGroups: [''], resources: ['pods'], verbs: ['create'] },
    { apiGroups: [''], resources: ['namespaces'], verbs: ['patch'] },
  ],
};

const dryRunsOnly = [
  object(`${admission}/v1`, 'ValidatingAdmissionPolicy', name, undefined, {
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['*'],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: ['pods', 'namespaces'],
          },
        ],
      },
      matchConditions: [{ name: 'the-grader', expression: `request.userInfo.username == '${username}'` }],
      validations: [
        {
          expression: 'has(request.dryRun) && request.dryRun',
          message: 'Haechi: the grader changes nothing; its requests are dry runs',
        },
      ],
    },
  }),
  object(`${admission}/v1`, 'ValidatingAdmissionPolicyBinding', name, undefined, {
    spec: { policyName: name, validationActions: ['Deny'] },
  }),
];

/**
 * A connection as the grader's own ServiceAccount, which is made if it isn't there. Its token is renewed, with the
 * administrator's connection, by the first request that finds it old. Close it before the administrator's.
 * @throws KubeError
 */
export async function graderKube(applier: Applier): Promise<Kube> {
  const admin = applier.kube;
  await applyAll(applier, [
    object('v1', 'Namespace', systemNamespace),
    object('v1', 'ServiceAccount', name, systemNamespace),
    role,
    object(`${rbac}/v1`, 'ClusterRoleBinding', name, undefined, {
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: systemNamespace }],
    }),
    ...dryRunsOnly,
  ]);
  const token = new RenewedToken(async () => {
    const account = { namespace: systemNamespace, name };
    const status = await requestToken(admin, account, { expirationSeconds: tokenSeconds });
    return { value: status.token, expiresAt: new Date(status.expirationTimestamp) };
  });
  await token.get();
  const kubeconfig = oneContext({ cluster: admin.connection.cluster, user: { name, credentials: {} } });
  return admin.as(stringify(kubeconfig), { authorization: async () => `Bearer ${await token.get()}` });
}

interface Token {
  value: string;
  expiresAt: Date;
}

/** A token that is asked for again when it gets old. */
export class RenewedToken {
  readonly #request: () => Promise<Token>;
  readonly #now: () => number;
  #newest: Token | null = null;
  #asked: Promise<Token> | null = null;

  /** @param now milliseconds since 1970. */
  constructor(request: () => Promise<Token>, now: () => number = Date.now) {
    this.#request = request;
    this.#now = now;
  }

  /** Rejects as `request` does, when there is no token that still holds. */
  async get(): Promise<string> {
    const left = (this.#newest?.expiresAt.getTime() ?? 0) - this.#now();
    if (this.#newest && left > renewBeforeSeconds * 1000) return this.#newest.value;
    this.#asked ??= this.#request().finally(() => {
      this.#asked = null;
    });
    try {
      this.#newest = await this.#asked;
    } catch (error) {
      // The old one may do until the next request asks again.
      if (!this.#newest || left <= 0) throw error;
    }
    return this.#newest.value;
  }
}

function object(
  apiVersion: string,
  kind: string,
  objectName: string,
  namespace?: string,
  rest: object = {},
): KubernetesObject {
  return { apiVersion, kind, metadata: { name: objectName, ...(namespace ? { namespace } : {}) }, ...rest };
}

import type { V1SubjectAccessReview } from '@kubernetes/client-node';
import type { Kube } from '../../cluster/kube.ts';
import type { AccessRequest } from './rbac.ts';
import type { Identity } from './subject.ts';

/** How many questions are under way at the same time. */
const concurrency = 16;

/** Asks the API server's authorizer, each question once. */
export class Asker {
  /** How many questions were asked. */
  asked = 0;
  readonly #kube: Kube;
  readonly #identity: Identity;
  readonly #signal: AbortSignal;
  readonly #answers = new Map<string, Promise<boolean>>();

  constructor(kube: Kube, identity: Identity, signal: AbortSignal) {
    this.#kube = kube;
    this.#identity = identity;
    this.#signal = signal;
  }

  /** @returns the requests that are allowed. */
  async allowed(requests: readonly AccessRequest[]): Promise<Set<AccessRequest>> {
    const allowed = new Set<AccessRequest>();
    const queue = [...requests];
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        if (await this.#ask(next)) allowed.add(next);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return allowed;
  }

  #ask(request: AccessRequest): Promise<boolean> {
    const { verb, group, resource, namespace, name } = request;
    const key = [verb, group, resource, namespace, name].join(' ');
    const known = this.#answers.get(key);
    if (known) return known;
    const answer = this.#review(request);
    this.#answers.set(key, answer);
    return answer;
  }

  async #review({ verb, group, resource, namespace, name }: AccessRequest): Promise<boolean> {
    this.asked++;
    const [main = '', subresource] = resource.split('/');
    const review: V1SubjectAccessReview = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: this.#identity.user,
        groups: [...this.#identity.groups],
        resourceAttributes: {
          verb,
          group,
          resource: main,
          ...(subresource === undefined ? {} : { subresource }),
          ...(namespace === '' ? {} : { namespace }),
          ...(name === '' ? {} : { name }),
        },
      },
    };
    const { value } = await this.#kube.request<V1SubjectAccessReview>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      { body: review, signal: this.#signal },
    );
    return value.status?.allowed ?? false;
  }
}

import type { Log } from '../../log.ts';
import { applyAll, type Applier } from '../apply.ts';
import { GiveWay } from './give-way.ts';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
/** Of both objects. */
const name = 'haechi-reports';

/** As many shares of the API server as controllers have otherwise (`workload-high`). */
const shares = 40;

const verbs = ['create', 'update', 'patch'];
const namespaces = ['*'];

/**
 * In API Priority and Fairness (https://kubernetes.io/docs/concepts/cluster-administration/flow-control/): one queue, so that
 * no report overtakes another.
 */
const level = {
  apiVersion,
  kind: 'PriorityLevelConfiguration',
  metadata: { name },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 2000 } },
    },
  },
};

/** What controllers only report: how far Deployments and ReplicaSets are, where Services lead, events. */
const flowSchema = {
  apiVersion,
  kind: 'FlowSchema',
  metadata: { name },
  spec: {
    // Before the API server's own for endpoints (150).
    matchingPrecedence: 50,
    priorityLevelConfiguration: { name },
    rules: [
      {
        subjects: [{ kind: 'Group', group: { name: 'system:serviceaccounts:kube-system' } }],
        resourceRules: [
          { verbs, namespaces, apiGroups: ['apps'], resources: ['deployments/status', 'replicasets/status'] },
          { verbs, namespaces, apiGroups: ['', 'events.k8s.io'], resources: ['events'] },
          { verbs, namespaces, apiGroups: [''], resources: ['endpoints'] },
          { verbs, namespaces, apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
        ],
      },
    ],
  },
};

export interface ReportsOptions {
  /** With the administrator's connection. */
  applier: Applier;
  /** What else is done while reports wait, and undone when they go on. */
  onHold: (held: boolean) => void;
  log: Log;
}

/**
 * Gives reports a level of their own, which is held while many learners start a lab: reports are a third of all that is
 * written then, and no pod runs sooner for them. What an earlier platform left waiting goes on.
 * @throws KubeError
 */
export async function openReports({ applier, onHold, log }: ReportsOptions): Promise<GiveWay> {
  await applyAll(applier, [level, flowSchema]);
  const path = await applier.paths.pathOf(level);
  return new GiveWay({
    // Ten who start together have their labs within the goals without it, and within a memory of 700 MB.
    several: 12,
    // The API server refuses what has waited for 15 s; its controller would have to ask again.
    longestMs: 10_000,
    log,
    async hold(held) {
      onHold(held);
      await applier.kube.request('PATCH', path, {
        contentType: 'application/merge-patch+json',
        // A level without shares takes nothing.
        body: { spec: { limited: { nominalConcurrencyShares: held ? 0 : shares } } },
      });
    },
  });
}

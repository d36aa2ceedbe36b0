import type { Applier } from '../cluster/apply.ts';
import type { FlowProber, GetFromPod, Urgently } from '../cluster/cluster.ts';
import type { Kube } from '../cluster/kube.ts';
import type { Mirror } from '../cluster/mirror.ts';
import type { LiveJudge } from '../grader/live.ts';
import type { TerminalService } from '../terminal/service.ts';

/** What attempts stand on once the cluster is ready. */
export interface Environment {
  applier: Applier;
  /** A live copy of what verdicts can depend on. */
  mirror: Mirror;
  /** The grader's identity. */
  grader: Kube;
  /** For what a learner waits for. */
  urgently: Urgently;
  getFromPod: GetFromPod;
  /** Undefined where packets are simulated. */
  flowProber?: FlowProber | undefined;
  live: LiveJudge;
  terminals: TerminalService;
}
